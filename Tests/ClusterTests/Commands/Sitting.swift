import TestCluster
import Testing

/// What a person does at a terminal with a command that holds a lock, and what is printed.
struct Sitting: Sendable, CustomTestStringConvertible {
    enum Step: Sendable {
        /// Types text.
        case type(String)
        /// Waits until text is printed.
        case see(String)
        /// Waits until the command whose number stands in a file is stopped.
        case stopped
        /// Waits until that command has ended. `flock` does not wait for it at Ctrl-C, and until it
        /// has ended it may yet read what is typed next.
        case ended
        /// Makes the file that a command waits for.
        case go
        /// Types a command line and waits for the prompt.
        case run(String)
    }

    let testDescription: String
    let steps: [Step]
    /// The lines that are printed, without prompts and without those that number a job.
    let printed: [String]

    init(_ description: String, _ steps: Step..., printed: [String]) {
        testDescription = description
        self.steps = steps
        self.printed = printed
    }

    private static let controlC = "\u{03}"
    private static let controlZ = "\u{1A}"
    private static let quit = "\u{1C}"

    static let all = pipelines + jobs + ignored + endings

    /// The terminal belongs to the whole pipeline.
    private static let pipelines = [
        Sitting(
            "a pager after it in the pipeline reads the keyboard while it runs",
            .type("lock sh -c 'echo 1; until [ -e go ]; do sleep 0.05; done; echo 2' | pager\n"),
            .see("first:1\n"),
            .type("q"),
            .see(TerminalShell.prompt),
            .run("echo code=${PIPESTATUS[*]}"),
            printed: ["first:1", "key:q", "2", "code=0 0"]
        ),
        Sitting(
            "it reads the keyboard itself",
            .type("lock sh -c 'echo in; read x; echo got:$x' | cat\n"),
            .see("in\n"),
            .type("hello\n"),
            .see(TerminalShell.prompt),
            .run("echo code=${PIPESTATUS[*]}"),
            printed: ["in", "got:hello", "code=0 0"]
        ),
        Sitting(
            "it and the pager read the keyboard in turn",
            .type(
                "lock bash -c 'read -rsn1 x </dev/tty; echo $x; until [ -s go ]; do sleep 0.05; done; cat go' | pager\n"
            ),
            .type("a"),
            .see("first:a\n"),
            .type("q"),
            .see("key:q\n"),
            .see(TerminalShell.prompt),
            .run("echo code=${PIPESTATUS[*]}"),
            printed: ["first:a", "key:q", "gone", "code=0 0"]
        ),
        Sitting(
            "it reads the keyboard while the shell reads what it prints",
            .type("x=$(lock sh -c 'read y </dev/tty; echo got:$y'); echo x=$x\n"),
            .type("hello\n"),
            .see(TerminalShell.prompt),
            printed: ["x=got:hello"]
        ),
        Sitting(
            "Ctrl-C ends every member",
            .type("sleep 99 | lock sh -c 'echo in; exec sleep 99' | cat\n"),
            .see("in\n"),
            .type(controlC),
            .see(TerminalShell.prompt),
            .run("echo code=${PIPESTATUS[*]}"),
            printed: ["in", "code=130 130 130"]
        ),
        Sitting(
            "Ctrl-C while it reads the keyboard ends every member",
            .type("sleep 99 | lock sh -c 'echo $$ >number; echo in; read x </dev/tty' | cat\n"),
            .see("in\n"),
            .type(controlC),
            .see(TerminalShell.prompt),
            .ended,
            .run("echo code=${PIPESTATUS[*]}"),
            printed: ["in", "code=130 130 130"]
        ),
        Sitting(
            "Ctrl-Z stops it, fg takes it up again",
            .type("lock sh -c 'echo $$ >number; echo in; read x; echo got:$x; exit 4' | cat\n"),
            .see("in\n"),
            .type(controlZ),
            .see(TerminalShell.prompt),
            .stopped,
            .type("fg\n"),
            .see(" | cat\n"),
            .type("hello\n"),
            .see(TerminalShell.prompt),
            .run("echo code=${PIPESTATUS[*]}"),
            printed: [
                "in",
                "[1]+  Stopped                 lock sh -c 'echo $$ >number; echo in; read x; echo got:$x; exit 4' | cat",
                "lock sh -c 'echo $$ >number; echo in; read x; echo got:$x; exit 4' | cat",
                "got:hello", "code=0",
            ]
        ),
    ]

    /// It is stopped and goes on as the shell says.
    private static let jobs = [
        Sitting(
            "in the background it stops when it reads the keyboard; fg gives it that",
            .type("lock sh -c 'read x; echo got:$x' &\n"),
            .see("Stopped"),
            .type("fg\n"),
            .see("\nlock sh -c 'read x; echo got:$x'\n"),
            .type("hello\n"),
            .see(TerminalShell.prompt),
            .run("echo code=$?"),
            printed: [
                "[1]+  Stopped                 lock sh -c 'read x; echo got:$x'",
                "lock sh -c 'read x; echo got:$x'", "got:hello", "code=0",
            ]
        ),
        Sitting(
            "taken to the front before it reads",
            .type(
                "lock sh -c 'echo in; until [ -e go ]; do sleep 0.05; done; read x; echo $x' &\n"
            ),
            .see("in\n"),
            .type("fg\n"),
            .see("read x; echo $x'\n"),
            .go,
            .type("hello\n"),
            .see(TerminalShell.prompt),
            .run("echo code=$?"),
            printed: [
                "in",
                "lock sh -c 'echo in; until [ -e go ]; do sleep 0.05; done; read x; echo $x'",
                "hello", "code=0",
            ]
        ),
        Sitting(
            "Ctrl-C ends what fg brought back",
            .type("lock sh -c 'echo $$ >number; read x; echo got:$x; read y' &\n"),
            .see("Stopped"),
            .type("fg\n"),
            .see("\nlock sh -c 'echo $$ >number; read x; echo got:$x; read y'\n"),
            .type("a\n"),
            .see("got:a\n"),
            .type(controlC),
            .see(TerminalShell.prompt),
            .ended,
            .run("echo code=$?"),
            printed: [
                "[1]+  Stopped                 lock sh -c 'echo $$ >number; read x; echo got:$x; read y'",
                "lock sh -c 'echo $$ >number; read x; echo got:$x; read y'", "got:a", "code=130",
            ]
        ),
        Sitting(
            "Ctrl-Z stops it, fg takes it up again",
            .type("lock sh -c 'echo $$ >number; echo in; read x; echo got:$x; exit 4'\n"),
            .see("in\n"),
            .type(controlZ),
            .see(TerminalShell.prompt),
            .stopped,
            .type("fg\n"),
            .see("exit 4'\n"),
            .type("hello\n"),
            .see(TerminalShell.prompt),
            .run("echo code=$?"),
            printed: [
                "in",
                "[1]+  Stopped                 lock sh -c 'echo $$ >number; echo in; read x; echo got:$x; exit 4'",
                "lock sh -c 'echo $$ >number; echo in; read x; echo got:$x; exit 4'", "got:hello",
                "code=4",
            ]
        ),
        Sitting(
            "Ctrl-Z stops it, bg lets it go on",
            .type("lock sh -c 'echo in; until [ -e go ]; do sleep 0.05; done; echo out; exit 4'\n"),
            .see("in\n"),
            .type(controlZ),
            .see(TerminalShell.prompt),
            .run("bg"),
            .type("touch go; wait %1; echo code=$?\n"),
            .see("code=4\n"),
            printed: [
                "in",
                "[1]+  Stopped                 lock sh -c 'echo in; until [ -e go ]; do sleep 0.05; done; echo out; exit 4'",
                "[1]+ lock sh -c 'echo in; until [ -e go ]; do sleep 0.05; done; echo out; exit 4' &",
                "out",
                "[1]+  Exit 4                  lock sh -c 'echo in; until [ -e go ]; do sleep 0.05; done; echo out; exit 4'",
                "code=4",
            ]
        ),
        Sitting(
            "stopped by itself, it cannot outlive Ctrl-C",
            .type("lock sh -c 'echo in; kill -STOP $$; echo never'\n"),
            .see("in\n"),
            .type(controlC),
            .see(TerminalShell.prompt),
            .run("echo code=$?"),
            printed: ["in", "code=130"]
        ),
        Sitting(
            "stopped by itself, it cannot outlive TERM",
            .type("lock sh -c 'echo in; kill -STOP $$; echo never' &\n"),
            .see("in\n"),
            .type("kill %1; wait %1; echo code=$?\n"),
            .see("code=143\n"),
            printed: [
                "in",
                "[1]+  Terminated              lock sh -c 'echo in; kill -STOP $$; echo never'",
                "code=143",
            ]
        ),
    ]

    /// What the caller ignores is ignored in it and its command.
    private static let ignored = [
        Sitting(
            "nohup",
            .type("nohup lock sh -c 'echo in >&3; exec sleep 99' 3>&2 >/dev/null 2>&1 &\n"),
            .see("in\n"),
            .run("kill -HUP %1; jobs -r | cut -c 1-13"),
            .type("kill %1; wait %1; echo code=$?\n"),
            .see("code=143\n"),
            printed: [
                "in", "[1]+  Running",
                "[1]+  Terminated              nohup lock sh -c 'echo in >&3; exec sleep 99' 3>&2 > /dev/null 2>&1",
                "code=143",
            ]
        ),
        Sitting(
            "signals that a script ignores",
            .run(
                "(trap '' HUP INT QUIT PIPE; lock sh -c 'for s in HUP INT QUIT PIPE; do kill -$s $$; done; echo lives')"
            ),
            .run("echo code=$?"),
            printed: ["lives", "code=0"]
        ),
    ]

    /// It ends as its command ended.
    private static let endings = [
        Sitting(
            "Ctrl-C ends the loop that it runs in",
            .type("while true; do lock sh -c 'echo in; exec sleep 99'; done\n"),
            .see("in\n"),
            .type(controlC),
            .see(TerminalShell.prompt),
            .run("echo code=$?"),
            printed: ["in", "code=130"]
        ),
        Sitting(
            "Ctrl-C ends the script that it runs in",
            .type("sh -c 'while true; do lock sh -c \"echo in; exec sleep 99\"; done'\n"),
            .see("in\n"),
            .type(controlC),
            .see(TerminalShell.prompt),
            .run("echo code=$?"),
            printed: ["in", "code=130"]
        ),
        Sitting(
            "Ctrl-\\",
            .type("lock sh -c 'echo in; exec sleep 99'\n"),
            .see("in\n"),
            .type(quit),
            .see(TerminalShell.prompt),
            .run("echo code=$?"),
            printed: ["in", "Quit", "code=131"]
        ),
        Sitting(
            "by itself",
            .run("lock sh -c 'exit 4'; echo code=$?"),
            .run("lock sh -c 'kill -9 $$'; echo code=$?"),
            .run("lock sh -c 'kill -TERM $$'; echo code=$?"),
            printed: ["code=4", "code=137", "code=143"]
        ),
    ]
}
