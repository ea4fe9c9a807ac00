# Recording on the guest. Each command leaves ID.out, ID.err and ID.rc below $T; `send` hands all of them to the host at once.
# A new process costs 40 to 60 ms under emulation, so whatever the shell can do itself, it does.
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
quietly() { "$@" >/dev/null 2>&1 </dev/null; }
both() { what=$1; shift; rec "$what.a" a "$@"; rec "$what.b" b "$@"; }

# host WORDS…: the host does something with the disks' files (exchange.py); returns when it is done.
asked=0
host() {
    asked=$((asked+1)); ask=/lab/exchange/$$-$asked
    echo "$*" >$ask
    while [ -e $ask ]; do :; done
}

# The first line of a file of the kernel's, in $value.
value() { value=; { read -r value <$1; } 2>/dev/null; }

# arrays: the md directories of arrays that exist, in $arrays; the kernel keeps nodes without array for a while.
arrays() {
    arrays=
    for dir in /sys/block/md*/md; do
        value $dir/array_state
        case $value in ''|clear) ;; *) arrays="$arrays $dir" ;; esac
    done
}

# quiet: udev has nothing left to do. Member disks are not watched (QUIET_UDEV), so that only arrays make events.
quiet() { for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do [ -e /run/udev/queue ] || return 0; sleep 0.05; done; udevadm settle --timeout=60; }

# gone NAME: the kernel has no array of this name any more, so that its number is free; bounded.
gone() { for _ in $(seq 100); do [ -e /sys/block/$1 ] || return 0; sleep 0.1; done; }

# wipe [DISK…]: the disks are as they were at the start; without names all of them.
wipe() { quiet; host wipe "$@"; }

# awaits_spare: the array of $dir has an empty slot, or a member that is to be replaced, and a member that is in none.
awaits_spare() {
    value $dir/degraded; wanted=${value:-0} spares=0
    for member in $dir/dev-*; do
        value $member/state
        case $value in
            *want_replacement*) wanted=1 ;;
            spare) value $member/slot; [ "$value" = none ] && spares=1 ;;
        esac
    done
    [ $wanted -gt 0 ] && [ $spares = 1 ]
}

# restless: some array syncs, is about to, or has superblocks to write.
restless() {
    [ -e /run/udev/queue ] && return
    for dir in $arrays; do
        value $dir/array_state; state=$value
        value $dir/sync_action
        case "${value:-idle} $state" in
            idle\ active|idle\ write-pending) value $dir/level; [ "$value" = raid0 ] || return 0 ;;
            frozen\ *|*\ readonly|*\ read-auto|*\ inactive|*\ clear) ;;
            idle\ *)
                value $dir/resync_start; case $value in ''|none) ;; *) return 0 ;; esac
                # A slot and a spare for it: a recovery comes, if perhaps late on a busy host. Not if the array cannot use it.
                [ ${looks:-0} -lt 100 ] && awaits_spare && return 0 ;;
            *) return 0 ;;
        esac
    done
    return 1
}

# vanished: the kernel, which takes stopped arrays away in its own time, has done so; bounded, for those that stay.
vanished() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        left=
        for node in /sys/block/md*; do [ -e $node ] && { value $node/md/array_state; case $value in ''|clear) left=$node ;; esac; }; done
        [ -n "$left" ] || return 0
        sleep 0.05
    done
}

# idle: returns when no array has been restless for a moment; bounded, for one that never comes to rest.
# A sync that is about to begin looks idle, so one look is not enough.
idle() {
    vanished
    arrays
    # udev, still busy with the one that went, may have opened its node and so have made it again.
    [ -n "$arrays" ] || { quiet; vanished; return; }
    calm=0 looks=0
    while [ $looks -lt 600 ]; do
        looks=$((looks+1))
        if restless; then calm=0; else calm=$((calm+1)); fi
        [ $calm -ge 4 ] && return
        sleep 0.05
    done
    echo "not idle: $state $value" >&2
}

# state: what the kernel holds, in words that do not depend on the time of day.
state() {
    arrays
    for dir in $arrays; do
        echo "array ${dir%/md}"
        for file in level raid_disks layout chunk_size component_size array_state degraded metadata_version bitmap/location \
            bitmap/chunksize bitmap/space consistency_policy; do
            [ -e $dir/$file ] && { value $dir/$file; echo "$file $value"; }
        done
        value $dir/sync_action; [ "$value" = frozen ] && echo frozen
        for member in $dir/dev-*; do
            [ -d $member ] || continue
            line=${member##*/}
            for file in slot state offset size; do value $member/$file; line="$line $value"; done
            echo "$line"
        done
    done
}

# ground: no array, no map, blank disks. What will not stop is left to the lab's own means.
ground() {
    arrays
    for dir in $arrays; do node=${dir%/md}; mdadm --stop /dev/${node##*/} >/dev/null 2>&1; done
    [ -z "$arrays" ] || { arrays; [ -z "$arrays" ] || { /lab/clean; eval "$quiet_udev"; }; }
    quiet
    # The kernel takes nodes away in its own time; mdadm has words for one that is still there when it wants the name.
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        left=; for node in /sys/block/md*; do [ -e $node ] && left=$node; done
        [ -z "$left" ] && break
        mdadm --stop /dev/${left##*/} >/dev/null 2>&1
        sleep 0.05
    done
    for file in /run/mdadm/*; do [ -e "$file" ] && { rm -rf /run/mdadm/*; break; }; done
    host wipe
}

send() { kill $watchdog; tar -cf - -C $T .; }
