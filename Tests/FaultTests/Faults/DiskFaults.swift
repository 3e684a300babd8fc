import Foundation
import Glibc
import TestCluster
import Testing

extension FaultRow {
    private static let diskCalls =
        "openat,pwrite64,fdatasync,fsync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat"

    /// System calls of members fail, take long, or are their last.
    static let ofDisks: [FaultRow] = [
        failing(
            "fdatasync: EIO, leader",
            victim: .leader,
            call: "fdatasync",
            error: "EIO",
            text: "Input/output error"
        ),
        failing(
            "fdatasync: EIO, follower",
            victim: .follower,
            call: "fdatasync",
            error: "EIO",
            text: "Input/output error"
        ),
        failing(
            "write: EIO, leader",
            victim: .leader,
            call: "pwrite64",
            error: "EIO",
            text: "Input/output error"
        ),
        failing(
            "write: ENOSPC, leader",
            victim: .leader,
            call: "pwrite64",
            error: "ENOSPC",
            text: "No space left"
        ),
        failing(
            "write: ENOSPC, follower",
            victim: .follower,
            call: "pwrite64",
            error: "ENOSPC",
            text: "No space left"
        ),
        FaultRow(
            "fdatasync takes 5 s, leader",
            measure: "first slow call … first new write",
            needs: [.strace]
        ) { trial in
            let (leader, followers) = try trial.roles()
            let tracer = try trial.strike {
                try Tracer(leader, calls: "fdatasync", fault: "delay_enter=5000000")
            }
            try trial.awaitWrite()
            let isReplaced = eventually(withinSeconds: 5) {
                followers.contains { $0.status["role"] as? String == "leader" }
            }
            trial.expect(isReplaced, what: "a leader whose disk stands still goes on leading")
            trial.work(forSeconds: 4)
            tracer.detach()
        },
        FaultRow(
            "fdatasync takes 5 s, follower",
            measure: "first slow call … first new write",
            needs: [.strace]
        ) { trial in
            let (leader, followers) = try trial.roles()
            let term = leader.status["term"] as? Int ?? 0
            let tracer = try trial.strike {
                try Tracer(followers[0], calls: "fdatasync", fault: "delay_enter=5000000")
            }
            try trial.awaitWrite()
            trial.work(forSeconds: 6)
            let now = leader.status["term"] as? Int ?? 0
            trial.expect(
                now == term,
                what: "a follower's slow disk raised the term \(term) to \(now)"
            )
            tracer.detach()
        },
        FaultRow(
            "fdatasync takes 200 ms, all",
            measure: "first slow call … first new write",
            needs: [.strace]
        ) { trial in
            let tracers = try trial.strike {
                try trial.cluster.members.map { member in
                    try Tracer(member, calls: "fdatasync", fault: "delay_enter=200000")
                }
            }
            try trial.awaitWrite()
            trial.work(forSeconds: 4)
            for tracer in tracers { tracer.detach() }
        },
        FaultRow(
            "reads fail at the start: EIO",
            measure: "good start … first new write",
            needs: [.strace]
        ) { trial in
            let (_, followers) = try trial.roles()
            let member = followers[0]
            member.kill()
            let said = member.standardError.count
            // The first few are the loader's, of the C library.
            let call = trial.chance.number(in: 5...12)
            let status = try trial.strike {
                try member.start(tracer: Tracer.failing("pread64", error: "EIO", atCall: call))
                return member.exitStatus(withinSeconds: 10)
            }
            let line = member.standardError.dropFirst(said)
            trial.expect(status == 74, what: "read \(call): exit \(status.map(String.init) ?? "-")")
            trial.expect(line.contains("can't be read"), what: "it says \(line)")
            try trial.heal { try member.start() }
            try trial.awaitWrite()
        },
        FaultRow(
            "kill -9 at the Nth disk call",
            measure: "kill … first new write",
            needs: [.strace]
        ) {
            trial in
            let victim = trial.cluster.members[trial.chance.number(in: 0...2)]
            let first = trial.chance.number(in: 1...40)
            var deathCount = 0
            for call in [first, first + 1, first + 2, first * 3, first * 9] {
                victim.kill()
                try victim.start(tracer: Tracer.killing(atCall: call, of: diskCalls))
                guard let status = victim.exitStatus(withinSeconds: 8) else { continue }
                trial.strike { deathCount += 1 }
                trial.expect(status == SIGKILL, what: "call \(call): exit with \(status)")
            }
            victim.kill()
            trial.expect(deathCount > 0, what: "no call was the last from \(first) on")
            try trial.awaitWrite()
            try victim.start()
        },
        FaultRow(
            "files may not grow (--fsize), leader",
            measure: "limit … first new write",
            needs: [.prlimit]
        ) { trial in
            let (leader, _) = try trial.roles()
            try trial.strike {
                try Tool.prlimit.mustRun(["--pid", "\(leader.processID)", "--fsize=4096:4096"])
            }
            trial.expect(leader.exitStatus(withinSeconds: 10) == 74, what: "no exit with 74")
            trial.expect(
                leader.standardError.contains("File too large"),
                what: leader.standardError
            )
            try trial.awaitWrite()
            try leader.start()
        },
    ]

    private enum Victim: Sendable {
        case leader
        case follower
    }

    /// The member must end at once, saying why; the others go on.
    private static func failing(
        _ name: String,
        victim: Victim,
        call: String,
        error: String,
        text: String
    ) -> FaultRow {
        FaultRow(name, measure: "failed call … first new write", needs: [.strace]) { trial in
            let (leader, followers) = try trial.roles()
            let member = victim == .leader ? leader : followers[0]
            let said = member.standardError.count
            let tracer = try trial.strike {
                try Tracer(member, calls: call, fault: "error=\(error):when=1")
            }
            let status = member.exitStatus(withinSeconds: 10)
            tracer.detach()
            let line = member.standardError.dropFirst(said)
            trial.expect(
                status == 74,
                what: "\(member.name) ended with \(status.map(String.init) ?? "-")"
            )
            trial.expect(
                line.contains("disk failed") && line.contains(text),
                what: "it says \(line)"
            )
            try trial.awaitWrite()
            try member.start()
        }
    }
}
