#!/bin/sh
# First process of the test machine: the project and an exchange folder, the camera module, the command, and off.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8
mountpoint -q /proc || mount -t proc proc /proc
mountpoint -q /sys || mount -t sysfs sys /sys
mount -t tmpfs tmp /tmp
mkdir -p /dev/shm && mount -t tmpfs shm /dev/shm
busybox ifconfig lo 127.0.0.1 up
modprobe -a 9pnet_virtio 9p
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 exchange /mnt || busybox poweroff -f
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro project /srv
modprobe v4l2loopback exclusive_caps=1 video_nr=10 card_label="Meeting Analyzer"
busybox sleep 1
chmod 666 /dev/video10
cd /srv
PYTHONPATH=/opt/wheels:/srv PYTHONDONTWRITEBYTECODE=1 sh /mnt/command >/mnt/output 2>&1 </dev/null
echo $? >/mnt/code
sync
busybox poweroff -f
