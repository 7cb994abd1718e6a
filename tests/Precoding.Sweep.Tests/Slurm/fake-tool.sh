#!/usr/bin/env bash
# Stands for the tool that computes a shard: fake-tool.sh DIRECTORY INDEX. Works until DIRECTORY has a file go or go.INDEX; links result.INDEX, so that the first
# copy's stands; on TERM writes checkpoint.INDEX and exits with 130. Every start leaves starts/INDEX.NODE.PID.
set -u
directory=$1 index=$2
done=$(cat "$directory/checkpoint.$index" 2>/dev/null || echo 0)
publish() { # publish NAME TEXT: whole or not at all
    echo "$2" >"$directory/$1.$SLURMD_NODENAME.$$" && mv "$directory/$1.$SLURMD_NODENAME.$$" "$directory/$1"
}
trap 'publish "checkpoint.$index" "$done"; exit 130' TERM
mkdir -p "$directory/starts"
from=$done
publish "starts/$index.$SLURMD_NODENAME.$$.run" "$from"
until [ -e "$directory/go" ] || [ -e "$directory/go.$index" ]; do
    sleep 0.1
    done=$((done + 1))
done
temporary=$directory/result.$SLURMD_NODENAME.$$.tmp
echo "shard $index from $from" >"$temporary"
ln "$temporary" "$directory/result.$index" 2>/dev/null || echo "shard $index is there already"
rm "$temporary"
