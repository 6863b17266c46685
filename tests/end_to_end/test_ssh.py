"""The review as an SSH forced command, in a real sshd with the lines of docs/ssh.md: the login can do nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command_line import TIEBREAK, Run, introduce
from end_to_end.terminal import Terminal
from textual.command import CommandPalette, DiscoveryHit
from waiting import is_running, wait_until

from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.commands import REVIEW
from tiebreak.tui.screens.palette import CommandProvider

pytestmark = pytest.mark.full

PAGE = (Path(__file__).parents[2] / "docs" / "ssh.md").read_text()
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
USER = getpass.getuser()
KINDS = ["keys", "group"]  # one unix user with a key for each annotator; or a login for each, in a group
PROMPT = re.compile(r"^\S*[$#] ", re.MULTILINE)  # a shell's
OUR_TRACEBACK = re.compile(r'File "\S*/tiebreak/(core|tui)/\S+", line \d+, in (?!<module>)')  # after the first line
NEEDS_TERMINAL = "tiebreak: review needs a terminal; to print the queue as text use `tiebreak queue`\n"

# A host's sshd_config that forbids as little as possible, so that only the page's lines refuse.
HOST_CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile {folder}/sshd.pid
StrictModes no
UsePAM no
PasswordAuthentication no
PermitUserEnvironment no
AcceptEnv {accepted}
AllowTcpForwarding yes
AllowStreamLocalForwarding yes
AllowAgentForwarding yes
X11Forwarding yes
PermitTunnel yes
Subsystem sftp internal-sftp
"""

needs_ssh = pytest.mark.skipif(
    SSHD is None or not all(map(shutil.which, ("ssh", "scp", "sftp", "ssh-keygen", "ssh-agent", "ssh-add"))),
    reason="sshd or ssh is not installed (Debian: openssh-server, openssh-client)",
)
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc, which lists processes")


def documented(language: str, start: str) -> str:
    """Return the block of the page in this language that starts like this."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (block,) = [block for block in blocks if block.startswith(start)]
    return str(block)


def replaced(lines: str, *pairs: tuple[str, object]) -> str:
    """Put this machine's paths, users and keys into `lines`; each must occur, or the test would test nothing."""
    for old, new in pairs:
        assert old in lines, f"docs/ssh.md no longer has {old!r} here"
        lines = lines.replace(old, str(new))
    return lines


class Host:
    """A running sshd, in which `annotator` logs in by a key."""

    def __init__(self, folder: Path, store: Path, kind: str, accepted: str = "LANG LC_*") -> None:
        self.folder, self.store = folder, store
        self.annotator = "sam" if kind == "keys" else USER
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        for name in ("host_key", "sam", "kim"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
        own = [("/opt/tiebreak/bin/tiebreak", TIEBREAK), ("/srv/news/news.db", store)]
        config = HOST_CONFIG.format(port=self.port, folder=folder, accepted=accepted)
        if kind == "keys":
            keys = replaced(documented("authorized_keys", "restrict,pty"), *own)
            for name in ("sam", "kim"):
                public = (folder / f"{name}.pub").read_text().rsplit(" ", 1)[0]
                keys = re.sub(rf"(--annotator {name}\" )ssh-ed25519 AAAA\.\.\. \S+", rf"\g<1>{public} {name}", keys)
            assert "AAAA..." not in keys
        else:
            keys = (folder / "sam.pub").read_text()
            block = documented("sshd_config", "Match Group annotators\n")
            config += replaced(block, *own, ("Group annotators", f"User {USER}"))
        (folder / "authorized_keys").write_text(keys)
        self.config = folder / "sshd_config"
        self.config.write_text(config)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if os.geteuid() == 0:
            if re.search(rf"^{USER}:!", Path("/etc/shadow").read_text(), re.MULTILINE):
                pytest.skip(f"sshd does not let {USER} in: the account is locked")
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd's folder for privilege separation
        assert SSHD is not None
        tested = subprocess.run([SSHD, "-t", "-f", str(self.config)], capture_output=True, text=True, check=False)
        assert tested.returncode == 0, tested.stderr
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(self.config)], stdin=-3, stderr=log)
        wait_until(self._answers, "sshd does not listen")

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def options(self, key: str = "sam") -> list[str]:
        said = ["IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"]
        return ["-F", "none", "-i", str(self.folder / key), *(part for each in said for part in ("-o", each))]

    def login(self, *options: str, key: str = "sam", command: str = "") -> list[str]:
        """Return the command line of an `ssh` to this host, with a terminal."""
        last = [f"{USER}@127.0.0.1", *([command] if command else [])]
        return ["ssh", *self.options(key), "-p", str(self.port), "-o", "LogLevel=ERROR", "-tt", *options, *last]

    def ssh(self, command: str = "", *options: str) -> str:
        """Return the output of an `ssh` without a terminal, both streams, with its status."""
        arguments = [each for each in self.login(*options, command=command) if each != "-tt"]
        result = run_client(arguments)
        return f"{result.stdout}{result.stderr}status {result.returncode}"

    def saved(self) -> list[tuple[str, str]]:
        with contextlib.closing(sqlite3.connect(self.store)) as connection:
            return connection.execute("SELECT annotator, answer FROM answers_in_force ORDER BY id").fetchall()

    def on_screen(self) -> dict[str, tuple[int, int]]:
        """Return each annotator's example, and the process of the review."""
        with contextlib.closing(sqlite3.connect(self.store)) as connection:
            rows = connection.execute("SELECT annotator, example_id, pid FROM on_screen").fetchall()
        return {annotator: (example, pid) for annotator, example, pid in rows}


def run_client(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def children_of(pid: int) -> list[bytes]:
    """Return the command lines of a process's children, except the learner beside a review."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [each for task in tasks for each in task.read_text().split()]
    started = [Path(f"/proc/{each}/cmdline").read_bytes() for each in children]
    return [each for each in started if each.split(b"\0")[-4:-1:2] != [b"learn", b"--follow"]]


@pytest.fixture
def serve(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Iterator[Callable[..., Host]]:
    """Start a host of this kind; it ends with the test."""
    hosts: list[Host] = []
    introduce(store, USER)

    def serve(kind: str = "keys", store: Path = store, **options: str) -> Host:
        hosts.append(Host(tmp_path_factory.mktemp("sshd"), store, kind, **options))
        hosts[-1].start()
        return hosts[-1]

    yield serve
    for host in hosts:
        host.stop()


@pytest.fixture(params=KINDS)
def host(request: pytest.FixtureRequest, serve: Callable[..., Host]) -> Host:
    return serve(request.param)


@pytest.fixture
def secret_server() -> Iterator[int]:
    """The port of a server on this machine that says SECRET to every client."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.sendall(b"SECRET")

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@needs_ssh
class TestLogin:
    def test_opens_the_review_as_that_annotator_and_nothing_is_left_behind(self, host: Host) -> None:
        with Terminal(host.login()) as terminal:
            terminal.wait_for("8 left")
            terminal.answer("a")
            terminal.wait_for("1 done")
            assert host.saved() == [(host.annotator, "accept")]
            terminal.send("q")
            assert terminal.wait() == 0
            assert "1 answer saved" in terminal.text
            assert str(host.store.parent) not in terminal.text
        assert host.on_screen() == {}

    def test_each_key_is_its_annotators(self, serve: Callable[..., Host]) -> None:
        host = serve("keys")
        with Terminal(host.login()) as sam, Terminal(host.login(key="kim")) as kim:
            sam.wait_for("8 left")
            kim.wait_for("left")
            assert host.on_screen()["sam"][0] != host.on_screen()["kim"][0]
            sam.answer("a")
            kim.answer("x")
            sam.wait_for("1 done")
            kim.wait_for("1 done")
        assert sorted(host.saved()) == [("kim", "reject"), ("sam", "accept")]

    def test_without_the_store_it_is_one_message(self, serve: Callable[..., Host], tmp_path: Path) -> None:
        host = serve(store=tmp_path / "gone.db")
        with Terminal(host.login()) as terminal:
            assert terminal.wait() == 1
            (line,) = terminal.text.splitlines()
        assert line.startswith("tiebreak: ")
        assert "gone.db" in line
        assert not host.store.exists()
        assert host.ssh() == f"{line}\nstatus 1"


@needs_ssh
class TestOtherCommands:
    COMMANDS = ("sh -c id", "cat /etc/passwd", "echo $((6*7))7", "tiebreak --version", "; id", "$(id)", "x --help")

    @pytest.mark.parametrize("command", ["sh -c id; cat /etc/passwd", f"; id; {TIEBREAK} --version", "`id` --help"])
    def test_are_not_run_with_a_terminal(self, host: Host, command: str) -> None:
        with Terminal(host.login(command=command)) as terminal:
            terminal.wait_for("8 left")
            terminal.answer("a")
            terminal.wait_for("1 done")
            terminal.send("q")
            assert terminal.wait() == 0
            for output in ("uid=", "root:x:0", "tiebreak 0", "Usage"):
                assert output not in terminal.text

    def test_are_not_run_without_one(self, host: Host, tmp_path: Path) -> None:
        export = f"{TIEBREAK} export {host.store} {tmp_path}/out.jsonl"
        for command in ("", export, *self.COMMANDS):
            assert host.ssh(command) == f"{NEEDS_TERMINAL}status 1"
        assert not (tmp_path / "out.jsonl").exists()

    @pytest.mark.parametrize("program", [["sftp", "-b", "batch"], ["scp"], ["scp", "-O"]], ids=" ".join)
    def test_no_file_comes_or_goes(self, host: Host, tmp_path: Path, program: list[str]) -> None:
        (tmp_path / "mine").write_text("mine")
        there = f"{USER}@127.0.0.1"
        options = ["-P", str(host.port), *host.options()]
        for source, target in ((host.store, tmp_path / "got"), (Path("/etc/hostname"), tmp_path / "got")):
            if program[0] == "sftp":
                (tmp_path / "batch").write_text(f"get {source} {target}\nput {tmp_path}/mine {tmp_path}/put\n")
                tries = [["sftp", *options, "-b", str(tmp_path / "batch"), there]]
            else:
                tries = [
                    [*program, *options, f"{there}:{source}", str(target)],
                    [*program, *options, str(tmp_path / "mine"), f"{there}:{tmp_path}/put"],
                ]
            for arguments in tries:
                result = run_client(arguments)
                assert result.returncode != 0
                assert "review needs a terminal" in result.stderr or "Connection closed" in result.stderr
        assert not (tmp_path / "got").exists()
        assert not (tmp_path / "put").exists()


@needs_ssh
class TestForwarding:
    def test_of_a_port_and_of_a_socket_to_the_host_is_refused(
        self, host: Host, secret_server: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with socket.socket(socket.AF_UNIX) as other:
            monkeypatch.chdir(tmp_path)  # the path of a socket must be short
            other.bind("socket")
            other.listen()
            with socket.create_server(("127.0.0.1", 0)) as free:
                tcp = free.getsockname()[1]
            listens = ["-L", f"{tcp}:127.0.0.1:{secret_server}", "-L", f"{tmp_path}/l:{tmp_path}/socket"]
            with Terminal(host.login(*listens)) as terminal:
                terminal.wait_for("8 left")
                with socket.create_connection(("127.0.0.1", tcp), 10) as connection:
                    assert connection.recv(100) == b""
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.settimeout(10)
                    connection.connect("l")
                    assert connection.recv(100) == b""
                other.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    other.accept()
            assert "SECRET" not in host.ssh("", "-W", f"127.0.0.1:{secret_server}")

    def test_through_a_proxy_is_refused(self, host: Host, secret_server: int) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            proxy = free.getsockname()[1]
        with Terminal(host.login("-D", str(proxy))) as terminal:
            terminal.wait_for("8 left")
            with socket.create_connection(("127.0.0.1", proxy), 10) as connection:
                connection.sendall(b"\x05\x01\x00")
                assert connection.recv(2) == b"\x05\x00"  # the client agrees before it asks the host
                connection.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + secret_server.to_bytes(2, "big"))
                with contextlib.suppress(ConnectionError):
                    assert b"SECRET" not in connection.recv(100) + connection.recv(100)

    def test_from_the_host_is_refused(self, host: Host, secret_server: int, tmp_path: Path) -> None:
        for way in (f"0:127.0.0.1:{secret_server}", f"{tmp_path}/r:127.0.0.1:{secret_server}"):
            with Terminal(host.login("-N", "-o", "ExitOnForwardFailure=yes", "-R", way)) as terminal:
                assert terminal.wait() == 255
                assert "forwarding failed" in terminal.text
        assert not (tmp_path / "r").exists()

    def test_of_x11_is_refused(self, host: Host) -> None:
        with Terminal(host.login("-v", "-Y"), environment={"DISPLAY": "127.0.0.1:99"}) as terminal:
            terminal.wait_for("8 left")
            assert "Requesting X11 forwarding" in terminal.text
            assert "X11 forwarding request failed" in terminal.text

    @needs_proc
    def test_of_the_agent_is_refused(self, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def agents() -> set[str]:
            return set(re.findall(r"\S*agent\.\S+", Path("/proc/net/unix").read_text()))

        monkeypatch.chdir(tmp_path)
        agent = subprocess.Popen(["ssh-agent", "-D", "-a", "own"], stdout=subprocess.DEVNULL)
        try:
            wait_until((tmp_path / "own").exists, "no agent")
            before = agents()
            with Terminal(host.login("-v", "-A"), environment={"SSH_AUTH_SOCK": str(tmp_path / "own")}) as terminal:
                terminal.wait_for("8 left")
                assert "Requesting authentication agent forwarding" in terminal.text
                assert agents() <= before
        finally:
            agent.kill()
            agent.wait()


@needs_ssh
class TestEnvironment:
    @pytest.fixture
    def evil(self, tmp_path: Path) -> Path:
        """A folder of modules that leave the file `ran` when something imports them."""
        folder = tmp_path / "evil"
        folder.mkdir()
        for name in ("sitecustomize", "usercustomize", "evil"):
            (folder / f"{name}.py").write_text(f"open({str(folder / 'ran')!r}, 'w').close()\n")
        return folder

    @pytest.mark.parametrize("kind", KINDS)
    def test_of_the_client_runs_nothing(self, serve: Callable[..., Host], evil: Path, kind: str) -> None:
        host = serve(kind, accepted="LANG LC_* PYTHON* TEXTUAL* LOGNAME")  # more than the page accepts
        said = {
            "PYTHONPATH": evil,
            "PYTHONSTARTUP": evil / "evil.py",
            "PYTHONINSPECT": 1,
            "TEXTUAL_DRIVER": "evil:Driver",
            "TEXTUAL_LOG": evil / "log",
            "TEXTUAL_SCREENSHOT": 1,
            "TEXTUAL_SCREENSHOT_LOCATION": evil,
            "TEXTUAL_PRESS": "a,a",
            "LC_EVIL": f"() {{ :; }}; touch {evil}/ran",
            "LC_ALL": f"../../../..{evil}",
            "LANG": "xx_XX.UTF-16",
            "LOGNAME": "kim",
        }
        sent = "SetEnv=" + " ".join(f'"{name}={value}"' for name, value in said.items())
        with Terminal(host.login("-o", sent)) as terminal:
            terminal.wait_for("8 left")
            time.sleep(1.5)  # TEXTUAL_SCREENSHOT is in seconds
            terminal.answer("a")
            terminal.wait_for("1 done")
            terminal.send("q")
            assert terminal.wait() == 0
        assert host.saved() == [(host.annotator, "accept")]
        assert sorted(path.name for path in evil.iterdir()) == ["evil.py", "sitecustomize.py", "usercustomize.py"]

    @pytest.mark.parametrize(
        "term", ["../../x", '$(touch ran)"; touch ran; "', "x" * 3000], ids=["path", "code", "long"]
    )
    def test_has_any_terminal(self, host: Host, term: str, tmp_path: Path) -> None:
        with Terminal(host.login(), environment={"TERM": term.replace("ran", f"{tmp_path}/ran")}) as terminal:
            terminal.wait_for("8 left")
            terminal.answer("a")
            terminal.wait_for("1 done")
        assert not (tmp_path / "ran").exists()


@needs_ssh
@needs_proc
class TestKeys:
    def test_that_mean_a_shell_elsewhere_do_nothing(self, host: Host) -> None:
        with Terminal(host.login()) as terminal:
            terminal.wait_for("8 left")
            _, pid = host.on_screen()[host.annotator]
            terminal.forget()
            terminal.send("E!:|\x1c\x1a\x13")  # ctrl+\, ctrl+z and ctrl+s, too
            terminal.read()
            assert state_of(pid) != "T"
            assert children_of(pid) == []
            terminal.answer("a")
            terminal.wait_for("1 done")
            assert "ENGINE" not in terminal.text

    @pytest.mark.parametrize("way", ["of the terminal", "by an escape sequence"])
    def test_no_size_takes_the_hosts_memory(self, serve: Callable[..., Host], way: str) -> None:
        host = serve("keys")
        size = 65535 if way == "of the terminal" else 100
        with Terminal(host.login(), columns=size, rows=size) as terminal:
            terminal.wait_for("8 left")
            if way == "by an escape sequence":
                terminal.send("\x1b[48;65535;65535;1;1t")
            _, pid = host.on_screen()["sam"]
            terminal.forget()
            time.sleep(1)
            terminal.answer("a")
            terminal.wait_for("1 done")
            (peak,) = re.findall(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text())
            assert int(peak) < 300_000

    def test_ctrl_c_ends_the_session(self, host: Host) -> None:
        with Terminal(host.login()) as terminal:
            terminal.wait_for("8 left")
            terminal.answer("a")
            terminal.wait_for("1 done")
            terminal.send("\x03")
            assert terminal.wait(10) == 0
            assert terminal.text.rstrip().endswith("1 answer saved")

    @pytest.mark.parametrize("key", ["\x1a", "\x03", "\x1c", "\x04"], ids=["ctrl+z", "ctrl+c", "ctrl+\\", "ctrl+d"])
    def test_pressed_before_the_review_is_there_lead_nowhere(self, host: Host, key: str) -> None:
        def begins() -> bool:
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    parts = path.read_bytes().split(b"\0")
                    if b"shell" in parts and str(host.store).encode() in parts and b"python" in parts[0]:
                        return True
            return False

        with Terminal(host.login()) as terminal:
            wait_until(begins, "no review")
            terminal.send(key)
            with contextlib.suppress(AssertionError):
                terminal.wait_for("8 left", 15)
            terminal.send("\x03")
            terminal.wait(10)
            assert not PROMPT.search(terminal.text)
            assert not OUR_TRACEBACK.search(terminal.text)


@needs_ssh
@needs_proc
class TestDroppedConnection:
    def test_keeps_the_answers_and_frees_what_was_on_screen(self, serve: Callable[..., Host]) -> None:
        host = serve("keys")
        with Terminal(host.login()) as terminal:
            terminal.wait_for("8 left")
            terminal.answer("a")
            terminal.wait_for("1 done")
            wait_until(lambda: host.saved() == [("sam", "accept")], "not saved")
            example, pid = host.on_screen()["sam"]
            terminal.kill()
        wait_until(lambda: not is_running(pid), "the review goes on without its annotator", 10)
        assert host.saved() == [("sam", "accept")]
        assert host.on_screen() == {}
        with Terminal(host.login(key="kim")) as kim:
            kim.wait_for("left")
            seen = [host.on_screen()["kim"][0]]
            while example not in seen and len(seen) < 8:
                kim.answer("a")
                kim.wait_for(f"{len(seen)} done")
                wait_until(lambda: host.on_screen()["kim"][0] not in seen, "no next example")
                seen.append(host.on_screen()["kim"][0])
            assert example in seen
            kim.send("q")
            kim.wait()
        with Terminal(host.login()) as again:
            again.wait_for("left")
            assert host.on_screen()["sam"][0] == example
            again.answer("a")
            again.wait_for("1 done")
        assert [each for each in host.saved() if each[0] == "sam"] == [("sam", "accept")] * 2

    @pytest.mark.parametrize("start", ["Match User tiebreak\n", "Match Group annotators\n"], ids=KINDS)
    def test_that_only_went_silent_ends_the_review_too(
        self, tmp_path_factory: pytest.TempPathFactory, store: Path, start: str
    ) -> None:
        introduce(store, USER)
        host = Host(tmp_path_factory.mktemp("sshd"), store, "keys" if "tiebreak" in start else "group")
        config = host.config.read_text()
        if "tiebreak" in start:
            config += replaced(documented("sshd_config", start), ("User tiebreak", f"User {USER}"))
        quick = ("ClientAliveInterval 15", "ClientAliveInterval 1"), ("ClientAliveCountMax 4", "ClientAliveCountMax 2")
        host.config.write_text(replaced(config, *quick))
        try:
            host.start()
            with Terminal(host.login()) as terminal:
                terminal.wait_for("8 left")
                _, pid = host.on_screen()[host.annotator]
                os.kill(terminal.pid, signal.SIGSTOP)  # as with a pulled cable: nothing comes, not even an end
                wait_until(lambda: not is_running(pid), "the review goes on without its annotator", 15)
                assert host.on_screen() == {}
        finally:
            host.stop()


def test_the_palette_has_the_reviews_commands_and_the_themes(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[str] = []
    actions: set[str] = set()
    providers: set[object] = set()

    async def look(app: TiebreakApp) -> None:
        async with app.run_test(size=(100, 40)) as pilot:
            await pilot.pause()
            actions.update(binding.binding.action for binding in app.screen.active_bindings.values())
            providers.update({*app.COMMANDS, *app.screen.COMMANDS})
            hits = [hit async for hit in CommandProvider(app.screen).discover()]
            listed.extend(str(hit.display) for hit in hits if isinstance(hit, DiscoveryHit))
            await pilot.press("ctrl+p")
            await pilot.pause()
            assert isinstance(app.screen, CommandPalette)

    from tiebreak.tui.cli import streams, team

    monkeypatch.setattr(TiebreakApp, "run", lambda app: asyncio.run(look(app)))
    monkeypatch.setattr(streams, "has_terminal", lambda: True)
    team.shell(store, annotator="sam")
    commands = [command for command in REVIEW if command.name != "engine"]
    allowed = {f"{command.help} ({command.key_display})" for command in commands}
    themes = {each for each in listed if each.startswith("theme ")}
    assert set(listed) - themes == allowed | {"go on to the next difference after each choice"}
    assert {each.split(":")[0].removeprefix("theme ") for each in themes} == {
        "dark",
        "light",
        "high-contrast",
        "monochrome",
    }
    assert providers == {CommandProvider}
    own = {f"do('{command.name}', '{key}')" for command in commands for key in command.keys}
    textuals = {"quit", "suspend_process", "command_palette", "app.focus_next", "app.focus_previous"}
    assert actions <= own | textuals | {"screen.copy_text"}


def test_the_page_shows_every_forced_command_with_an_empty_environment() -> None:
    forced = re.findall(r"(?:command=\"|ForceCommand )(.*tiebreak shell.*)", PAGE)
    assert len(forced) == 3
    assert all(each.startswith("/usr/bin/env -i ") for each in forced)


def test_the_page_has_every_option_of_shell(run: Run) -> None:
    helped = set(re.findall(r"--[a-z-]+", run("shell", "--help").stdout)) - {"--help"}
    assert helped
    assert all(option in PAGE for option in helped)
