"""Builds and boots the machine: a minimal Debian with its stock kernel, v4l2loopback, Chromium and our dependencies.

Building needs root, mmdebstrap, e2fsprogs and pip; running needs qemu-system-x86_64. Without KVM the machine is
emulated: slower by far, and just as real to a program that opens a camera.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[2]
SUITE = "bookworm"
DEBS = "linux-image-amd64 linux-headers-amd64 v4l2loopback-dkms kmod busybox-static python3 ffmpeg chromium fonts-dejavu-core"
NOT_NEEDED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")
INITRAMFS = (
    'mkdir -p "$1/etc/initramfs-tools/conf.d" && echo MODULES=list >"$1/etc/initramfs-tools/conf.d/small" && '
    'printf "virtio_pci\\nvirtio_blk\\next4\\n" >"$1/etc/initramfs-tools/modules"'
)
"""A boot image with the few modules that find the disk: a full one takes half a minute to unpack under emulation."""


def build(folder: Path) -> None:
    """Make the machine in `folder`. Raises subprocess.CalledProcessError where a step fails."""
    root = folder / "root"
    shutil.rmtree(root, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    _run(
        *("mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(DEBS.split())}"),
        *(f"--dpkgopt=path-exclude={place}" for place in NOT_NEEDED),
        *(f"--essential-hook={INITRAMFS}", SUITE, str(root)),
    )
    kernel = max((root / "lib/modules").iterdir()).name
    if not list((root / "lib/modules" / kernel).rglob("v4l2loopback.ko*")):
        _run("chroot", str(root), "dkms", "autoinstall", "-k", kernel)
    python = _run("chroot", str(root), "python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()
    platforms = [f"--platform=manylinux_2_{minor}_x86_64" for minor in (36, 35, 34, 31, 28, 27, 24, 17)]
    _run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--only-binary=:all:", f"--python-version={python}"),
        *(*platforms, "--platform=manylinux2014_x86_64", "--target", str(root / "opt/wheels")),
        *("--constraint", str(_constraints(folder)), *_requirements()),
    )
    shutil.copy(HERE / "init.sh", root / "opt/init")
    (root / "opt/init").chmod(0o755)
    for name in ("vmlinuz", "initrd.img"):
        shutil.copy(root / f"boot/{name}-{kernel}", folder / name)
    used = int(_run("du", "-sm", "--apparent-size", str(root)).split()[0])
    _run(
        "mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-d", str(root), str(folder / "disk"), f"{used * 5 // 4 + 512}M"
    )
    shutil.rmtree(root)


def boot(folder: Path, command: str, seconds: float) -> tuple[int | None, str]:
    """Run a shell command in the machine, in the project's folder; returns its exit code and what it printed.

    The code is None where the machine did not come to an end within `seconds`. /mnt in the machine is a folder that is
    gone afterwards.
    """
    kvm = virtualised()
    with tempfile.TemporaryDirectory() as exchange:
        (Path(exchange) / "command").write_text(command)
        words = [
            *("qemu-system-x86_64", "-machine", "q35", "-nodefaults", "-display", "none", "-no-reboot"),
            *(("-accel", "kvm", "-cpu", "host") if kvm else ("-accel", "tcg,thread=multi", "-cpu", "Nehalem")),
            *("-smp", "2", "-m", "2560", "-serial", f"file:{exchange}/console", "-device", "virtio-rng-pci"),
            *("-kernel", str(folder / "vmlinuz"), "-initrd", str(folder / "initrd.img")),
            *("-append", "console=ttyS0 root=/dev/vda ro init=/opt/init quiet panic=-1 mitigations=off"),
            *("-drive", f"file={folder / 'disk'},format=raw,if=virtio,snapshot=on"),
            *("-virtfs", f"local,path={PROJECT},mount_tag=project,security_model=none,multidevs=remap,readonly=on"),
            *("-virtfs", f"local,path={exchange},mount_tag=exchange,security_model=none,multidevs=remap"),
        ]
        try:
            subprocess.run(words, timeout=seconds, check=True, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return None, _text(exchange, "output") or _text(exchange, "console")[-2000:]
        code = _text(exchange, "code").strip()
        return (int(code), _text(exchange, "output")) if code else (None, _text(exchange, "console")[-2000:])


def virtualised() -> bool:
    """Whether the machine runs on the processor itself; emulated otherwise."""
    return os.access("/dev/kvm", os.W_OK) and _virtualises()


def _virtualises() -> bool:
    """Whether the processor itself does: a machine within a machine may have /dev/kvm and start no kernel on it."""
    flags = Path("/proc/cpuinfo").read_text().split()
    return "vmx" in flags or "svm" in flags


def _requirements() -> list[str]:
    """The product's own dependencies, OpenCV without the parts that need a desktop's libraries."""
    declared: list[str] = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "dependencies"
    ]
    return [each.replace("opencv-python", "opencv-python-headless") for each in declared]


def _constraints(folder: Path) -> Path:
    """The project's constraints, with OpenCV's version for the wheel without windows."""
    lines = (PROJECT / "constraints.txt").read_text().splitlines()
    lines += [
        line.replace("opencv-python=", "opencv-python-headless=") for line in lines if line.startswith("opencv-python=")
    ]
    (folder / "constraints.txt").write_text("\n".join(lines) + "\n")
    return folder / "constraints.txt"


def _text(folder: str, name: str) -> str:
    path = Path(folder) / name
    return path.read_text(errors="replace") if path.exists() else ""


def _run(*words: str) -> str:
    print("+", shlex.join(words)[:160], flush=True)
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL).stdout
