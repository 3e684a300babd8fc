internal import CPlatform
internal import Glibc

/// The three streams that every process is given.
package enum StandardStream: Int32, CaseIterable, Hashable, Sendable {
    case input = 0
    case output = 1
    case error = 2

    /// Puts `/dev/null` where a stream was closed when the process started; to be called before
    /// anything is opened.
    ///
    /// Otherwise the next file or connection would get the stream's number, and what is said to
    /// people would go into it. It is opened the wrong way round, so that whoever reads the closed
    /// input or writes to the closed output is still told that it is closed (EBADF).
    package static func occupyClosed() {
        for stream in allCases where roost_is_closed(stream.rawValue) != 0 {
            _ = roost_put_null_at(stream.rawValue, stream == .input ? O_WRONLY : O_RDONLY)
        }
    }

    /// Lets go of what is at the other end; from then on reading ends at once and what is written
    /// is nobody's.
    package func abandon() { _ = roost_put_null_at(rawValue, O_RDWR) }

    /// Whether a person sits at the other end.
    package var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Whether the journal of systemd reads it, as JOURNAL_STREAM says (systemd.exec(5)).
    package var isJournal: Bool { roost_is_journal(rawValue) != 0 }

    /// Writes all of `bytes`, unbuffered; waits while nothing more is taken.
    package func write(_ bytes: [UInt8]) throws(SystemError) {
        try ByteStream(descriptor: rawValue).write(bytes)
    }

    /// Writes text; a failure is ignored, as for any diagnostic line.
    package func print(_ text: String) {
        do throws(SystemError) { try write(Array(text.utf8)) } catch { return }
    }

    /// Writes text of less than a page unless whoever reads it has stopped reading: then it is lost
    /// rather than waited for.
    package func printWithoutWaiting(_ text: String) {
        do throws(SystemError) { try writeWithoutWaiting(Array(text.utf8)) } catch { return }
    }

    /// Writes less than a page.
    ///
    /// - Throws: `EAGAIN`, and nothing is written, where whoever reads it has stopped reading.
    package func writeWithoutWaiting(_ bytes: [UInt8]) throws(SystemError) {
        let now = Clock.monotonicNow()
        let readiness = try Poller.wait(for: self, interest: .writable, until: now)
        guard readiness.contains(.writable) else {
            throw SystemError(call: "write", code: EAGAIN)
        }
        try write(bytes)
    }

    /// Reads what there is into `buffer`; blocks while there is nothing.
    package func read(into buffer: inout [UInt8]) -> Socket.Transfer {
        ByteStream(descriptor: rawValue).read(into: &buffer)
    }

    /// Reads to the end of the stream; nil when there are more than `limit` bytes.
    package func readAll(limit: Int) throws(SystemError) -> [UInt8]? {
        try ByteStream(descriptor: rawValue).readAll(limit: limit)
    }
}

extension StandardStream: Pollable {
    package var descriptor: Int32 { rawValue }
}
