# fish completion for swmdadm
# Made from the option table by CompletionTests (UPDATE_SNAPSHOTS=1 writes it anew).

function __swmdadm_mode
    for word in (commandline -opc)[2..]
        switch $word
            case '--manage' '-a' '--add' '--add-spare' '--add-journal' '--re-add' '-r' '--remove' '-f' '--fail' '--set-faulty' '--replace' '--with' '--cluster-confirm'
                echo manage
                return
            case '-A' '--assemble'
                echo assemble
                return
            case '-C' '--create'
                echo create
                return
            case '--misc' '-D' '--detail' '-E' '--examine' '-X' '--examine-bitmap' '-Q' '--query' '--examine-badblocks' '--explain' '--zero-superblock' '-R' '--run' '-S' '--stop' '-o' '--readonly' '-w' '--readwrite' '-W' '--wait' '--wait-clean' '--detail-platform' '--kill-subarray' '--update-subarray' '--udev-rules' '--dump' '--restore' '--action'
                echo misc
                return
            case '--join'
                echo join
                return
            case '--leave'
                echo leave
                return
            case '--candidate'
                echo candidate
                return
            case '--nack'
                echo nack
                return
            case '--cluster-agent'
                echo cluster-agent
                return
            case '--cluster-status'
                echo cluster-status
                return
            case '--resync'
                echo resync
                return
        end
    end
    echo start
end

function __swmdadm_in
    contains (__swmdadm_mode) $argv
end

complete -c swmdadm -n '__swmdadm_in start' -l create -d 'make a new array from devices'
complete -c swmdadm -n '__swmdadm_in start' -l assemble -d 'put an existing array together and start it'
complete -c swmdadm -n '__swmdadm_in start' -l manage -d 'change the members of an array'
complete -c swmdadm -n '__swmdadm_in start' -l misc -d 'report on or act on devices and arrays'
complete -c swmdadm -n '__swmdadm_in start' -l build -d 'make an array without metadata'
complete -c swmdadm -n '__swmdadm_in resync' -l follow -d 'resync: stay until the sync ends and show how it goes on'
complete -c swmdadm -n '__swmdadm_in start manage' -l add -d 'add the following devices: as the members they were, else as spares'
complete -c swmdadm -n '__swmdadm_in start manage' -l add-spare -d 'add the following devices as spares, whatever they were'
complete -c swmdadm -n '__swmdadm_in start manage' -l add-journal -d 'add the following device as write journal'
complete -c swmdadm -n '__swmdadm_in start manage' -l re-add -d 'put former members back (or: missing, faulty)'
complete -c swmdadm -n '__swmdadm_in start manage' -l remove -d 'remove members that are not active (or: failed, detached)'
complete -c swmdadm -n '__swmdadm_in start manage' -l fail -d 'mark members as faulty (or: detached)'
complete -c swmdadm -n '__swmdadm_in start manage' -l replace -d 'rebuild a spare to take the place of these members'
complete -c swmdadm -n '__swmdadm_in start manage' -l with -d 'after --replace: the spares to use'
complete -c swmdadm -n '__swmdadm_in start manage' -l cluster-confirm -d 'answer another node\'s --add: SLOT:DEV or SLOT:missing'
complete -c swmdadm -n '__swmdadm_in start misc' -l detail -d 'show an array in detail'
complete -c swmdadm -n '__swmdadm_in start misc' -l examine -d 'show the metadata on a device'
complete -c swmdadm -n '__swmdadm_in start misc' -l examine-bitmap -d 'show the write-intent bitmap on a device'
complete -c swmdadm -n '__swmdadm_in start misc' -l query -d 'say what a device is to md'
complete -c swmdadm -n '__swmdadm_in start misc' -l examine-badblocks -d 'list recorded bad blocks'
complete -c swmdadm -n '__swmdadm_in start misc' -l explain -d 'say why an array or a device is as it is, and what to do'
complete -c swmdadm -n '__swmdadm_in start misc' -l zero-superblock -d 'erase md metadata from a device'
complete -c swmdadm -n '__swmdadm_in start manage assemble create misc join' -l run -d 'start the array although devices are missing, and ask no questions'
complete -c swmdadm -n '__swmdadm_in start manage misc' -l stop -d 'stop the array and free its devices'
complete -c swmdadm -n '__swmdadm_in start manage assemble create misc' -l readonly -d 'make or start the array read-only'
complete -c swmdadm -n '__swmdadm_in start manage misc' -l readwrite -d 'misc: make the array writable; manage: clear write-mostly of the following devices'
complete -c swmdadm -n '__swmdadm_in start misc join' -l wait -d 'wait until no resync, recovery or reshape runs; join: for SECS at most'
complete -c swmdadm -n '__swmdadm_in start misc' -l wait-clean -d 'wait until the array is clean'
complete -c swmdadm -n '__swmdadm_in start misc' -l udev-rules -r -d 'print udev rules for POLICY lines'
complete -c swmdadm -n '__swmdadm_in start misc' -l dump -r -d 'copy the metadata of devices to files in a directory'
complete -c swmdadm -n '__swmdadm_in start misc' -l restore -r -d 'copy metadata back from files of --dump'
complete -c swmdadm -n '__swmdadm_in start misc' -l action -x -a 'idle frozen check repair' -d 'start or stop a check or repair'
complete -c swmdadm -n '__swmdadm_in start manage assemble create misc join leave candidate nack cluster-agent cluster-status resync' -l help -d 'this text; after a mode, that mode\'s text'
complete -c swmdadm -n '__swmdadm_in start manage assemble create misc join leave candidate nack cluster-agent cluster-status resync' -l help-options -d 'the options that mean the same everywhere'
complete -c swmdadm -n '__swmdadm_in start manage assemble create misc join leave candidate nack cluster-agent cluster-status resync' -l version -d 'print the version on standard error'
complete -c swmdadm -n '__swmdadm_in start manage assemble create misc join leave candidate nack cluster-agent cluster-status resync' -l verbose -d 'say more; may be repeated'
complete -c swmdadm -n '__swmdadm_in start manage assemble create misc join leave candidate nack cluster-agent cluster-status resync' -l quiet -d 'say less; cancels a -v'
complete -c swmdadm -n '__swmdadm_in start manage assemble create misc join leave candidate nack cluster-agent cluster-status resync' -l brief -d 'print one line in the form of mdadm.conf'
complete -c swmdadm -n '__swmdadm_in start manage assemble create misc join leave candidate nack cluster-agent cluster-status resync' -l export -d 'print KEY=value lines for scripts'
complete -c swmdadm -n '__swmdadm_in start manage assemble create misc join leave candidate nack cluster-agent cluster-status resync' -l no-devices -d 'leave devices out of --detail and --brief lines'
complete -c swmdadm -n '__swmdadm_in start manage assemble create misc join leave candidate nack cluster-agent cluster-status resync' -l homehost -x -d 'the host that local arrays belong to; also <system>, <none>, <ignore>'
complete -c swmdadm -n '__swmdadm_in start manage assemble create misc join leave candidate nack cluster-agent cluster-status resync' -l prefer -x -d 'in --detail prefer device names that contain /NAME/'
complete -c swmdadm -n '__swmdadm_in start manage assemble create misc join leave candidate nack cluster-agent cluster-status resync' -l offroot -d 'accepted and ignored'
complete -c swmdadm -n '__swmdadm_in start manage assemble create misc join leave candidate nack cluster-agent cluster-status resync' -l dry-run -d 'print the plan of a command that changes something; change nothing'
complete -c swmdadm -n '__swmdadm_in start manage assemble create misc join leave candidate nack cluster-agent cluster-status resync' -l json -d 'print reports, plans and errors as JSON: swmdadm-json(5)'
complete -c swmdadm -n '__swmdadm_in create' -l level -x -a 'linear raid0 raid1 raid4 raid5 raid6 raid10 faulty container 0 1 4 5 6 10 stripe mirror multipath mp' -d 'RAID level'
complete -c swmdadm -n '__swmdadm_in create' -l layout -x -d 'how data and copies or parity are laid out; needs the level first'
complete -c swmdadm -n '__swmdadm_in create' -l raid-devices -x -d 'number of devices that carry data'
complete -c swmdadm -n '__swmdadm_in create' -l spare-devices -x -d 'number of spares'
complete -c swmdadm -n '__swmdadm_in create' -l chunk -x -d 'chunk size, in KiB unless a suffix says otherwise'
complete -c swmdadm -n '__swmdadm_in create' -l size -x -d 'room to use on each device, in KiB, or max'
complete -c swmdadm -n '__swmdadm_in create' -l data-offset -x -d 'where data starts on each device'
complete -c swmdadm -n '__swmdadm_in assemble create' -l bitmap -x -a 'none internal clustered lockless' -d 'write-intent bitmap'
complete -c swmdadm -n '__swmdadm_in create' -l bitmap-chunk -x -d 'room that one bit of the bitmap stands for'
complete -c swmdadm -n '__swmdadm_in create' -l delay -x -d 'seconds between clearings of the bitmap'
complete -c swmdadm -n '__swmdadm_in create' -l write-behind -d 'writes that may be outstanding to write-mostly devices'
complete -c swmdadm -n '__swmdadm_in manage create' -l write-mostly -d 'following devices: do not read from them if avoidable'
complete -c swmdadm -n '__swmdadm_in manage create' -l failfast -d 'following devices: let the driver fail early'
complete -c swmdadm -n '__swmdadm_in manage' -l nofailfast -d 'following devices: clear failfast'
complete -c swmdadm -n '__swmdadm_in create' -l write-journal -r -d 'device for a write journal'
complete -c swmdadm -n '__swmdadm_in create' -l write-zeroes -d 'write zeros first and skip the resync'
complete -c swmdadm -n '__swmdadm_in create' -l assume-clean -d 'skip the initial resync: the devices already agree'
complete -c swmdadm -n '__swmdadm_in create' -l consistency-policy -x -a 'resync bitmap journal ppl' -d 'what keeps the array consistent after a crash'
complete -c swmdadm -n '__swmdadm_in create' -l logical-block-size -x -d 'logical block size in bytes'
complete -c swmdadm -n '__swmdadm_in create' -l destroy -x -d 'uuid of an array that may be lost to the new one'
complete -c swmdadm -n '__swmdadm_in assemble create misc join' -l name -x -d 'the array\'s name'
complete -c swmdadm -n '__swmdadm_in assemble create join candidate' -l uuid -x -d 'the array\'s uuid; candidate: the uuid that the new disk was announced with'
complete -c swmdadm -n '__swmdadm_in assemble create misc' -l metadata -x -a '1 1.0 1.1 1.2 0.90 ddf imsm default' -d 'metadata format'
complete -c swmdadm -n '__swmdadm_in assemble create join' -l nodes -x -d 'number of nodes a clustered bitmap has room for'
complete -c swmdadm -n '__swmdadm_in assemble create join' -l home-cluster -x -d 'name of the cluster'
complete -c swmdadm -n '__swmdadm_in manage assemble create misc' -l force -d 'do it although it looks wrong'
complete -c swmdadm -n '__swmdadm_in manage misc' -l test -d 'tell the state of the array in the exit status'
complete -c swmdadm -n '__swmdadm_in assemble misc' -l scan -d 'take what is not given from mdadm.conf and /proc/mdstat'
complete -c swmdadm -n '__swmdadm_in assemble create misc join' -l config -r -d 'configuration file or directory; also none, partitions'
complete -c swmdadm -n '__swmdadm_in manage assemble misc' -l update -x -a 'sparc2.2 super-minor summaries resync uuid name nodes homehost home-cluster byteorder devicesize bitmap no-bitmap bbl no-bbl force-no-bbl ppl no-ppl metadata revert-reshape layout-original layout-alternate layout-unspecified' -d 'what to change in the superblocks on the way'
complete -c swmdadm -n '__swmdadm_in assemble' -l super-minor -x -d 'number recorded in 0.90 superblocks'
complete -c swmdadm -n '__swmdadm_in assemble' -l no-degraded -d 'do not start an array that misses members'
complete -c swmdadm -n '__swmdadm_in assemble create' -l auto -x -d 'accepted and ignored, with a note'
complete -c swmdadm -n '__swmdadm_in assemble' -l backup-file -r -d 'file in which a reshape saved data'
complete -c swmdadm -n '__swmdadm_in assemble' -l invalid-backup -d 'go on although the backup file is of no use'
complete -c swmdadm -n '__swmdadm_in misc' -l sparc2.2 -d 'examine superblocks of an old sparc kernel'
complete -c swmdadm -n '__swmdadm_in start' -l join -d 'join an array that other nodes of the cluster use'
complete -c swmdadm -n '__swmdadm_in start' -l leave -d 'leave a clustered array: stop it on this node'
complete -c swmdadm -n '__swmdadm_in start' -l candidate -d 'answer another node\'s --add: find the disk, then confirm or nack'
complete -c swmdadm -n '__swmdadm_in start' -l nack -d 'answer another node\'s --add with no'
complete -c swmdadm -n '__swmdadm_in start' -l cluster-agent -d 'answer for this node until told to end'
complete -c swmdadm -n '__swmdadm_in start' -l cluster-status -d 'show nodes, slots, locks and troubles of shared arrays'
complete -c swmdadm -n '__swmdadm_in start' -l resync -d 'show who syncs what; start, check, repair, pause, resume or cancel a sync'
complete -c swmdadm -n '__swmdadm_in start' -l undo -d 'list what commands overwrote on devices; with an entry of the list: put it back'
complete -c swmdadm -n '__swmdadm_in candidate' -l slot -x -d 'device number that was announced'
complete -c swmdadm -n '__swmdadm_in candidate' -l timeout -x -d 'seconds to look for the disk'
