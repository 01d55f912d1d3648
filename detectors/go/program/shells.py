"""Other programs that Go code starts: what speaks against an image with nothing but the program in it."""

from collections.abc import Iterator

from scaffold.nouns import NamedTuple

from ..code.code import Call
from ..code.folding import fold
from ..code.origins import callee
from ..code.program import Program
from ..code.syntax import Node, text_of

#: The function, and where the program's name is among its arguments.
_STARTS = {
    "os/exec.Command": 0,
    "os/exec.CommandContext": 1,
    "os.StartProcess": 0,
    "syscall.Exec": 0,
    "syscall.ForkExec": 0,
    "golang.org/x/sys/execabs.Command": 0,
    "golang.org/x/sys/execabs.CommandContext": 1,
    "golang.org/x/sys/unix.Exec": 0,
    "github.com/bitfield/script.Exec": 0,
    "github.com/go-cmd/cmd.NewCmd": 0,
}
#: What is for a person at a screen, or for another system.
_ELSEWHERE = frozenset(
    {
        "xdg-open", "open", "cmd", "cmd.exe", "rundll32", "rundll32.exe", "explorer", "osascript",
        "powershell", "clear", "powershell.exe", "start", "launchctl", "taskkill", "wmic", "sw_vers",
        "stty", "tput", "less", "more", "pbcopy", "pbpaste", "clip", "clip.exe", "xsel", "wl-copy",
        "wl-paste", "waycopy", "waypaste", "termux-clipboard-set", "termux-clipboard-get",
        "notify-send", "vi", "vim", "nano", "editor", "code", "xclip", "sensible-browser", "which", "where",
        "x-www-browser", "goimports", "npm", "npx", "yarn", "systemctl",
    }
)  # fmt: skip
#: What comes with Go: a developer has it, a server does not.
TOOLCHAIN = frozenset({"go", "gofmt"})
#: The program itself.
_ITSELF = ("os.Args", "os.Executable")


class Started(NamedTuple):
    """A program that the code starts."""

    name: str  # "ffmpeg"; "" where only a run can tell
    place: str


def find_started(program: Program, is_tool: bool = False) -> tuple[Started, ...]:
    """Return every program that PROGRAM starts, each once; not itself, and not what is for a desktop.

    What IS A TOOL runs where its developer has Go.
    """
    found: dict[str, Started] = {}
    for call in program.calls("Command", "CommandContext", "StartProcess", "Exec", "ForkExec", "NewCmd"):
        for name in _names(call):
            if is_tool and name in TOOLCHAIN:
                continue
            found.setdefault(name, Started(name, call.place))
    return tuple(found.values())


def _names(call: Call) -> Iterator[str]:
    at = _STARTS.get(callee(call.code, call.node))
    if at is None or at >= len(call.arguments) or _is_itself(call.arguments[at], call):
        return
    text = (fold(call.code, call.arguments[at]).text or "").strip()
    name = text.split()[0].rpartition("/")[2] if text and "{}" not in text else ""
    if name not in _ELSEWHERE:
        yield name


def _is_itself(node: Node, call: Call) -> bool:
    """Whether what is started is this program: by its arguments, or by a variable that has its path."""
    text = text_of(node)
    if text.startswith(_ITSELF):
        return True
    return node.type == "identifier" and any(
        binding.value is not None and text_of(binding.value).startswith(_ITSELF)
        for binding in call.code.bindings.get(text, ())
    )
