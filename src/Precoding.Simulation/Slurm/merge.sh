#!/usr/bin/env bash
# The job that merges, after the arrays: merge.sh COMMAND [WORD ...]
exec "$@"
