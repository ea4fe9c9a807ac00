# Recording on the guest. Each command leaves ID.out, ID.err and ID.rc below $T; `send` hands all of them to the host at once.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C TZ=UTC
T=/tmp/recorded
rm -rf $T; mkdir -p $T

# The original and ours, both by the name mdadm, so that even what getopt prints about argv[0] is comparable.
a() ( exec mdadm "$@" )
b() ( PATH=/opt/sw:$PATH; exec mdadm "$@" )

# One that does not end is killed after a minute or two, and is then seen by its exit status.
( while sleep 10; do pkill -9 --older 90 -x mdadm; done ) </dev/null >/dev/null 2>&1 &
watchdog=$!

# rec ID COMMAND…: standard input is $input, or nothing.
rec() {
    id=$1; shift
    if [ -n "${input+set}" ]; then printf "$input" | "$@" >$T/$id.out 2>$T/$id.err
    else "$@" >$T/$id.out 2>$T/$id.err </dev/null; fi
    echo $? >$T/$id.rc
}
both() { what=$1; shift; rec "$what.a" a "$@"; rec "$what.b" b "$@"; }

wipe() { for disk; do blkdiscard -zf "$disk" 2>/dev/null; done; udevadm settle --timeout=60; }

# idle ARRAY: returns when no sync has run for a moment and the superblocks are written; bounded, for an array that never becomes idle.
# A sync that is about to begin looks idle, so one look is not enough.
idle() {
    name=$(readlink -f "$1"); dir=/sys/block/${name##*/}/md; quiet=0
    for _ in $(seq 400); do
        [ -e $dir/array_state ] || return
        case "$(cat $dir/sync_action 2>/dev/null || echo idle) $(cat $dir/array_state)" in
            idle\ active|idle\ write-pending) [ "$(cat $dir/level)" = raid0 ] && quiet=$((quiet+1)) || quiet=0 ;;
            idle\ *|frozen\ *) quiet=$((quiet+1)) ;;
            *) quiet=0 ;;
        esac
        [ $quiet -ge 4 ] && { udevadm settle; return; }
        sleep 0.1
    done
    echo "not idle: $(cat $dir/sync_action $dir/array_state)" >&2
}

# state ARRAY: what the kernel holds, in words that do not depend on the time of day.
state() {
    name=$(readlink -f "$1"); dir=/sys/block/${name##*/}/md
    [ -d $dir ] || { echo gone; return; }
    for file in level raid_disks layout chunk_size component_size array_state degraded metadata_version bitmap/location \
        bitmap/chunksize bitmap/space consistency_policy; do
        [ -e $dir/$file ] && echo "$file $(cat $dir/$file 2>&1)"
    done
    for member in $dir/dev-*; do
        [ -d $member ] && echo "${member##*/} $(cat $member/slot) $(cat $member/state) $(cat $member/offset) $(cat $member/size)"
    done
}

send() { kill $watchdog; sync; tar -cf - -C $T .; }
