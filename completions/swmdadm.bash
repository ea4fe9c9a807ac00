# bash completion for swmdadm
# Made from the option table by CompletionTests (UPDATE_SNAPSHOTS=1 writes it anew).

_swmdadm_mode() {
    local word
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
            --manage|-a|--add|--add-spare|--add-journal|--re-add|-r|--remove|-f|--fail|--set-faulty|--replace|--with|--cluster-confirm) echo manage; return ;;
            -A|--assemble) echo assemble; return ;;
            -C|--create) echo create; return ;;
            --misc|-D|--detail|-E|--examine|-X|--examine-bitmap|-Q|--query|--examine-badblocks|--explain|--zero-superblock|-R|--run|-S|--stop|-o|--readonly|-w|--readwrite|-W|--wait|--wait-clean|--detail-platform|--kill-subarray|--update-subarray|--udev-rules|--dump|--restore|--action) echo misc; return ;;
            --join) echo join; return ;;
            --leave) echo leave; return ;;
            --candidate) echo candidate; return ;;
            --nack) echo nack; return ;;
            --cluster-agent) echo cluster-agent; return ;;
            --cluster-status) echo cluster-status; return ;;
            --resync) echo resync; return ;;
        esac
    done
    echo start
}

_swmdadm() {
    local cur prev words
    cur=${COMP_WORDS[COMP_CWORD]}
    prev=${COMP_WORDS[COMP_CWORD-1]}
    # bash takes --option=value apart at the equals sign.
    if [[ $cur == "=" ]]; then
        cur=
    elif [[ $prev == "=" ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    case $prev in
        --dump) COMPREPLY=($(compgen -d -- "$cur")); return ;;
        --restore) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --action) COMPREPLY=($(compgen -W 'idle frozen check repair' -- "$cur")); return ;;
        --homehost) COMPREPLY=(); return ;;
        --prefer) COMPREPLY=(); return ;;
        --level) COMPREPLY=($(compgen -W 'linear raid0 raid1 raid4 raid5 raid6 raid10 faulty container 0 1 4 5 6 10 stripe mirror multipath mp' -- "$cur")); return ;;
        --layout|--parity) COMPREPLY=(); return ;;
        --raid-devices|--raid-disks) COMPREPLY=(); return ;;
        --spare-devices|--spare-disks) COMPREPLY=(); return ;;
        --chunk|--rounding) COMPREPLY=(); return ;;
        --size) COMPREPLY=(); return ;;
        --data-offset) COMPREPLY=(); return ;;
        --bitmap) COMPREPLY=($(compgen -W 'none internal clustered lockless' -- "$cur")); return ;;
        --bitmap-chunk) COMPREPLY=(); return ;;
        --delay) COMPREPLY=(); return ;;
        --write-journal) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --consistency-policy) COMPREPLY=($(compgen -W 'resync bitmap journal ppl' -- "$cur")); return ;;
        --logical-block-size) COMPREPLY=(); return ;;
        --destroy) COMPREPLY=(); return ;;
        --name) COMPREPLY=(); return ;;
        --uuid) COMPREPLY=(); return ;;
        --metadata) COMPREPLY=($(compgen -W '1 1.0 1.1 1.2 0.90 ddf imsm default' -- "$cur")); return ;;
        --nodes) COMPREPLY=(); return ;;
        --home-cluster) COMPREPLY=(); return ;;
        --config) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --update) COMPREPLY=($(compgen -W 'sparc2.2 super-minor summaries resync uuid name nodes homehost home-cluster byteorder devicesize bitmap no-bitmap bbl no-bbl force-no-bbl ppl no-ppl metadata revert-reshape layout-original layout-alternate layout-unspecified' -- "$cur")); return ;;
        --super-minor) COMPREPLY=(); return ;;
        --auto) COMPREPLY=(); return ;;
        --backup-file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --slot) COMPREPLY=(); return ;;
        --timeout) COMPREPLY=(); return ;;
    esac
    if [[ $cur != -* ]]; then
        COMPREPLY=($(compgen -f -- "${cur:-/dev/}"))
        return
    fi
    case $(_swmdadm_mode) in
        manage) words='--add --add-spare --add-journal --re-add --remove --fail --replace --with --cluster-confirm --run --stop --readonly --readwrite --help --help-options --version --verbose --quiet --brief --export --no-devices --homehost= --prefer= --offroot --dry-run --json --write-mostly --failfast --nofailfast --force --test --update=' ;;
        assemble) words='--run --readonly --help --help-options --version --verbose --quiet --brief --export --no-devices --homehost= --prefer= --offroot --dry-run --json --bitmap= --name= --uuid= --metadata= --nodes= --home-cluster= --force --scan --config= --update= --super-minor= --no-degraded --auto= --backup-file= --invalid-backup' ;;
        create) words='--run --readonly --help --help-options --version --verbose --quiet --brief --export --no-devices --homehost= --prefer= --offroot --dry-run --json --level= --layout= --raid-devices= --spare-devices= --chunk= --size= --data-offset= --bitmap= --bitmap-chunk= --delay= --write-behind --write-mostly --failfast --write-journal= --write-zeroes --assume-clean --consistency-policy= --logical-block-size= --destroy= --name= --uuid= --metadata= --nodes= --home-cluster= --force --config= --auto=' ;;
        misc) words='--detail --examine --examine-bitmap --query --examine-badblocks --explain --zero-superblock --run --stop --readonly --readwrite --wait --wait-clean --udev-rules --dump= --restore= --action= --help --help-options --version --verbose --quiet --brief --export --no-devices --homehost= --prefer= --offroot --dry-run --json --name= --metadata= --force --test --scan --config= --update= --sparc2.2' ;;
        join) words='--run --wait --help --help-options --version --verbose --quiet --brief --export --no-devices --homehost= --prefer= --offroot --dry-run --json --name= --uuid= --nodes= --home-cluster= --config=' ;;
        leave) words='--help --help-options --version --verbose --quiet --brief --export --no-devices --homehost= --prefer= --offroot --dry-run --json' ;;
        candidate) words='--help --help-options --version --verbose --quiet --brief --export --no-devices --homehost= --prefer= --offroot --dry-run --json --uuid= --slot= --timeout=' ;;
        nack) words='--help --help-options --version --verbose --quiet --brief --export --no-devices --homehost= --prefer= --offroot --dry-run --json' ;;
        cluster-agent) words='--help --help-options --version --verbose --quiet --brief --export --no-devices --homehost= --prefer= --offroot --dry-run --json' ;;
        cluster-status) words='--help --help-options --version --verbose --quiet --brief --export --no-devices --homehost= --prefer= --offroot --dry-run --json' ;;
        resync) words='--follow --help --help-options --version --verbose --quiet --brief --export --no-devices --homehost= --prefer= --offroot --dry-run --json' ;;
        *) words='--create --assemble --manage --misc --build --add --add-spare --add-journal --re-add --remove --fail --replace --with --cluster-confirm --detail --examine --examine-bitmap --query --examine-badblocks --explain --zero-superblock --run --stop --readonly --readwrite --wait --wait-clean --udev-rules --dump= --restore= --action= --help --help-options --version --verbose --quiet --brief --export --no-devices --homehost= --prefer= --offroot --dry-run --json --join --leave --candidate --nack --cluster-agent --cluster-status --resync --undo' ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o filenames -F _swmdadm swmdadm
