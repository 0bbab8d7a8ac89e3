"""Windows of Microsoft Windows, by user32 and dwmapi through ctypes.

Every call goes through the three libraries handed to `Win32Api`, so that tests can hand in fakes of them.
Boxes are physical pixels: the process is made aware of the DPI, as mss does too.
"""

from __future__ import annotations

import ctypes
import ntpath
from collections.abc import Callable
from ctypes import wintypes
from typing import Any

from ...types import Box
from .info import WindowInfo

DWMWA_EXTENDED_FRAME_BOUNDS = 9
DWMWA_CLOAKED = 14
GWL_EXSTYLE = -20
WS_EX_TOOLWINDOW = 0x80
WS_EX_TRANSPARENT = 0x20
PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
PROCESS_PER_MONITOR_DPI_AWARE = 2

# WINFUNCTYPE exists on Windows only; elsewhere the fake libraries of tests are called by the C convention
_functype: Callable[..., Any] = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
WNDENUMPROC = _functype(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)


class Win32Api:
    """The few questions asked of the system, each one call deep."""

    def __init__(self, user32: Any = None, dwmapi: Any = None, kernel32: Any = None, shcore: Any = None) -> None:
        loaded: Any = getattr(ctypes, "WinDLL", None)
        self.user32 = user32 or loaded("user32", use_last_error=True)
        self.dwmapi = dwmapi or loaded("dwmapi")
        self.kernel32 = kernel32 or loaded("kernel32", use_last_error=True)
        self._prototypes()
        (shcore or loaded("shcore")).SetProcessDpiAwareness(PROCESS_PER_MONITOR_DPI_AWARE)

    def _prototypes(self) -> None:
        # without these ctypes would cut 64-bit handles to 32 bits
        hwnd, dword = wintypes.HWND, wintypes.DWORD
        for name in ("IsWindow", "IsWindowVisible", "IsIconic", "GetWindowTextLengthW"):
            getattr(self.user32, name).argtypes = [hwnd]
        self.user32.EnumWindows.argtypes = [WNDENUMPROC, wintypes.LPARAM]
        self.user32.GetWindowTextW.argtypes = [hwnd, wintypes.LPWSTR, ctypes.c_int]
        self.user32.GetWindowRect.argtypes = [hwnd, ctypes.POINTER(wintypes.RECT)]
        self.user32.GetWindowLongW.argtypes = [hwnd, ctypes.c_int]
        self.user32.GetWindowThreadProcessId.argtypes = [hwnd, ctypes.POINTER(dword)]
        self.user32.GetWindowThreadProcessId.restype = dword
        self.dwmapi.DwmGetWindowAttribute.argtypes = [hwnd, dword, ctypes.c_void_p, dword]
        self.kernel32.OpenProcess.argtypes = [dword, wintypes.BOOL, dword]
        self.kernel32.OpenProcess.restype = wintypes.HANDLE
        self.kernel32.QueryFullProcessImageNameW.argtypes = [
            wintypes.HANDLE,
            dword,
            wintypes.LPWSTR,
            ctypes.POINTER(dword),
        ]
        self.kernel32.CloseHandle.argtypes = [wintypes.HANDLE]

    def handles(self) -> list[int]:
        """Handles of all top-level windows, the topmost first (the order in which EnumWindows goes)."""
        found: list[int] = []

        def collect(handle: int, _: int) -> bool:
            found.append(handle)
            return True

        self.user32.EnumWindows(WNDENUMPROC(collect), 0)
        return found

    def exists(self, handle: int) -> bool:
        """Whether the handle still names a window."""
        return bool(self.user32.IsWindow(handle))

    def iconic(self, handle: int) -> bool:
        """Whether the window is minimised."""
        return bool(self.user32.IsIconic(handle))

    def shown(self, handle: int) -> bool:
        """Visible, and not cloaked: a suspended Store app or a window on another virtual desktop is unseen."""
        if not self.user32.IsWindowVisible(handle):
            return False
        cloaked = wintypes.DWORD(0)
        failed = self.dwmapi.DwmGetWindowAttribute(handle, DWMWA_CLOAKED, ctypes.byref(cloaked), ctypes.sizeof(cloaked))
        return bool(failed) or not cloaked.value

    def style(self, handle: int) -> int:
        """The extended window style bits."""
        return int(self.user32.GetWindowLongW(handle, GWL_EXSTYLE))

    def title(self, handle: int) -> str:
        """The window's title; empty where it has none."""
        length = int(self.user32.GetWindowTextLengthW(handle))
        if not length:
            return ""
        buffer = ctypes.create_unicode_buffer(length + 1)
        self.user32.GetWindowTextW(handle, buffer, length + 1)
        return buffer.value.strip()

    def box(self, handle: int) -> Box:
        """What is seen of the window: its frame without the invisible resize border that GetWindowRect includes."""
        rect = wintypes.RECT()
        size = ctypes.sizeof(rect)
        if self.dwmapi.DwmGetWindowAttribute(handle, DWMWA_EXTENDED_FRAME_BOUNDS, ctypes.byref(rect), size):
            self.user32.GetWindowRect(handle, ctypes.byref(rect))
        return Box(rect.left, rect.top, max(0, rect.right - rect.left), max(0, rect.bottom - rect.top))

    def program(self, handle: int) -> str:
        """File name of the window's executable, such as "Zoom.exe"; empty where the system does not tell."""
        process_id = wintypes.DWORD(0)
        self.user32.GetWindowThreadProcessId(handle, ctypes.byref(process_id))
        process = self.kernel32.OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, False, process_id.value)
        if not process:
            return ""
        try:
            length = wintypes.DWORD(1024)
            buffer = ctypes.create_unicode_buffer(length.value)
            if not self.kernel32.QueryFullProcessImageNameW(process, 0, buffer, ctypes.byref(length)):
                return ""
            return ntpath.basename(buffer.value)
        finally:
            self.kernel32.CloseHandle(process)


class Win32Finder:
    """Lists and follows windows of the desktop."""

    def __init__(self, api: Win32Api | None = None) -> None:
        self._api = api or Win32Api()

    def windows(self) -> list[WindowInfo]:
        """Titled, shown windows of programs, the topmost first."""
        found = []
        for handle in self._api.handles():
            if self._api.shown(handle) and not self._api.style(handle) & WS_EX_TOOLWINDOW:
                title = self._api.title(handle)
                if title:
                    found.append(self._info(handle, title))
        return found

    def refresh(self, window: WindowInfo) -> WindowInfo | None:
        """The window as it is now; None when it was destroyed."""
        if not self._api.exists(window.id):
            return None
        minimised = self._api.iconic(window.id) or not self._api.shown(window.id)
        return WindowInfo(window.id, self._api.title(window.id), window.app, self._api.box(window.id), minimised)

    def above(self, window: WindowInfo) -> list[WindowInfo]:
        """Shown windows above this one, click-through overlays left out."""
        covering: list[WindowInfo] = []
        for handle in self._api.handles():
            if handle == window.id:
                return covering
            api = self._api
            if api.shown(handle) and not api.iconic(handle) and not api.style(handle) & WS_EX_TRANSPARENT:
                covering.append(self._info(handle, api.title(handle)))
        return []

    def close(self) -> None:
        """Nothing is held open."""

    def _info(self, handle: int, title: str) -> WindowInfo:
        return WindowInfo(handle, title, self._api.program(handle), self._api.box(handle), self._api.iconic(handle))
