import Bytes
import Platform
import Testing

@Suite("Children, signals, streams")
struct ProcessTests {
    @Test(
        arguments: [
            ("exit 0", .exited(0)), ("exit 42", .exited(42)),
            ("kill -KILL $$", .killed(.kill)), ("kill -TERM $$", .killed(.terminate)),
            ("kill -PIPE $$", .killed(.brokenPipe)),
        ] as [(String, ChildProcess.Ending)]
    )
    func endings(_ script: String, expected: ChildProcess.Ending) throws {
        #expect(try ChildProcess(shell(script)).wait() == expected)
    }

    @Test func aMissingProgramIsAnErrorNotAChild() {
        let launch = ChildProcess.Launch(executable: "/no/such", arguments: ["such"])
        #expect(throws: SystemError(call: "posix_spawn", code: 2)) { try ChildProcess(launch) }
    }

    @Test func onlyPassedDescriptorsArriveUnderTheirNewNumbers() throws {
        let (reading, writing) = try PipeEnd.makePair()
        let (kept, other) = try PipeEnd.makePair()
        var launch = shell(
            """
            for own in \(kept.descriptor) \(other.descriptor) \(writing.descriptor); do
                test -e /proc/self/fd/$own && test $own -gt 9 && exit 1
            done
            echo "$GREETING" >&9
            """
        )
        launch.environment = ["GREETING=hello", "PATH=/usr/bin:/bin"]
        launch.descriptors = [.init(writing.descriptor, as: 9)]
        #expect(try ChildProcess(launch).wait() == .exited(0))
        var buffer = [UInt8](repeating: 0, count: 64)
        #expect(reading.read(into: &buffer) == .bytes(6))
        #expect(buffer.starts(with: Array("hello\n".utf8)))
    }

    @Test func swappedDescriptorsDoNotOverwriteEachOther() throws {
        let (firstReading, firstWriting) = try PipeEnd.makePair()
        let (secondReading, secondWriting) = try PipeEnd.makePair()
        var launch = shell("echo a >&8; echo b >&9")
        launch.descriptors = [
            .init(firstWriting.descriptor, as: 8), .init(secondWriting.descriptor, as: 9),
        ]
        #expect(try ChildProcess(launch).wait() == .exited(0))
        var buffer = [UInt8](repeating: 0, count: 8)
        #expect(firstReading.read(into: &buffer) == .bytes(2))
        #expect(buffer.starts(with: Array("a\n".utf8)))
        #expect(secondReading.read(into: &buffer) == .bytes(2))
        #expect(buffer.starts(with: Array("b\n".utf8)))
    }

    @Test func aGroupDiesTogether() throws {
        let (reading, writing) = try PipeEnd.makePair()
        var launch = shell("sleep 100 & echo started >&9; wait")
        launch.group = .own
        launch.descriptors = [.init(writing.descriptor, as: 9)]
        let child = try ChildProcess(launch)
        var buffer = [UInt8](repeating: 0, count: 64)
        #expect(reading.read(into: &buffer) == .bytes(8))
        #expect(try child.ending() == nil, "it runs")
        try Signal.kill.send(toGroup: child.id)
        #expect(try child.wait() == .killed(.kill))
    }

    @Test func aBlockedSignalIsReadInsteadOfDelivered() throws {
        let source = try SignalSource([.user1, .user2])
        #expect(source.next() == nil)
        Signal.user2.raise()
        let readiness = try Poller.wait(
            for: source,
            interest: .readable,
            until: Clock.monotonicNow()
        )
        #expect(readiness == .readable)
        #expect(source.next() == .user2)
        #expect(source.next() == nil)
    }

    @Test func theProcessKnowsItself() throws {
        #expect(try CurrentProcess.raiseDescriptorLimit() > 0)
        let usage = ProcessUsage.now
        #expect(usage.residentByteCount > 1 << 20)
        #expect(usage.virtualByteCount >= usage.residentByteCount)
        #expect(usage.cpuNanoseconds > 0 && usage.descriptorCountMax > 2)
        #expect(usage.descriptorCount.map { $0 > 2 && $0 <= usage.descriptorCountMax } ?? true)
        #expect(Environment.value(of: "PATH") != nil)
        #expect(Environment.all.contains { $0.hasPrefix("PATH=") })
        #expect(Environment.value(of: "ROOST_NO_SUCH_VARIABLE") == nil)
    }
}

private func shell(_ script: String) -> ChildProcess.Launch {
    ChildProcess.Launch(executable: "/bin/sh", arguments: ["sh", "-c", script])
}
