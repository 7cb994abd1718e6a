#!/usr/bin/env bash
# A task of a job array: job.sh INDEX-LIST CANCELLED COMMAND [WORD ...]
# Runs COMMAND with a shard's index as its last word: the line of INDEX-LIST that the task's number picks. TERM, sent before the time limit, reaches the
# command; when it ends with 130, its checkpoint written, this task alone is requeued, unless the file CANCELLED exists.
set -u
list=$1 cancelled=$2
shift 2
task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID run=${SLURM_RESTART_COUNT:-0}
tell() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $task on ${SLURMD_NODENAME:-$(uname -n)}: $*"; }

[ ! -e "$cancelled" ] || { tell "cancelled"; exit 130; }
index=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" "$list")
[ -n "$index" ] || { tell "$list has no line $((SLURM_ARRAY_TASK_ID + 1))" >&2; exit 4; }

signals=0 tool=''
trap 'signals=$((signals + 1)); [ -z "$tool" ] || kill -TERM "$tool" 2>/dev/null' TERM
tell "shard $index, run $run"
"$@" "$index" &
tool=$!
[ "$signals" -eq 0 ] || kill -TERM "$tool" 2>/dev/null
while seen=$signals; wait "$tool"; code=$?; [ "$seen" -ne "$signals" ]; do :; done # a signal ends wait, not the command
trap '' TERM # what a requeue sends

[ "$signals" -eq 0 ] || [ "$code" -ne 143 ] || code=130 # it had not begun to listen
tell "shard $index: exit code $code"
[ "$code" -eq 130 ] || exit "$code"

# Whoever cancels sends TERM too, and so does a controller that found this node again and ends what it has long begun elsewhere; a requeue would undo the
# one and end the other. Only where the queue still has this run, or ended it for its time, is it the task's to requeue.
for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ ! -e "$cancelled" ] || break
    if read -r state restarts reason < <(squeue --noheader --states=all --jobs="$task" --Format="State:30,RestartCnt:12,Reason:30"); then
        if [ "$restarts" != "$run" ] || { [ "$state" != RUNNING ] && [ "${reason%% *}" != TimeLimit ]; }; then
            tell "not requeued: $state, run $restarts"
            break
        fi
        tell "requeued"
        scontrol requeue "$task" && break
    fi
    sleep 3
done
exit 130
