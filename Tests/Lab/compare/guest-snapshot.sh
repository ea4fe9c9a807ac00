#!/bin/sh
# What the kernel runs in place of modprobe when an array is started in a kernel without RAID levels: at this moment the disks hold what
# --create wrote, the kernel has written nothing yet, and nobody has undone anything. The host looks at them while we wait.
sync
ask=/lab/exchange/take-$$
read -r words </tmp/snapshot-of
echo "$words" >$ask
while [ -e $ask ]; do :; done
exit 1
