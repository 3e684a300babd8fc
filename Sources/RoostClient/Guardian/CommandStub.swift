internal import Bytes
internal import Platform
internal import Wire

/// The process that becomes CMD: it waits, in a process group of its own, until roost has told the
/// guardian about that group, then runs CMD in its place.
package enum CommandStub {
    /// The hidden subcommand of roost that is this stub; argument: the descriptor at which the order
    /// arrives.
    package static let verb = "__begin"

    /// Reads the order and becomes CMD; returns the exit code when that cannot be.
    package static func run(orderDescriptor: Int32) -> Int32 {
        // CMD itself dies with roost even if the guardian is killed too; the rest of its group is
        // the guardian's matter.
        do throws(SystemError) {
            try CurrentProcess.setParentDeathSignal(.kill)
        } catch { StandardStream.error.print("roost: \(error)\n") }
        guard let order = order(at: orderDescriptor) else { return 1 }
        let failure = ProcessImage.become(
            arguments: order.arguments,
            environment: order.environment
        )
        let name = TerminalText.word(order.arguments[0])
        StandardStream.error.print(
            "roost: cannot run '\(name)': \(SystemError.text(of: failure.code))\n"
        )
        return ProcessImage.isMissing(failure) ? 127 : 126
    }

    /// Nil when roost died before it had said everything.
    private static func order(at descriptor: Int32) -> LaunchOrder? {
        let pipe: PipeEnd
        do throws(SystemError) { pipe = try .inherited(descriptor) } catch { return nil }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        reading: while true {
            switch pipe.read(into: &buffer) {
            case .bytes(let count): bytes += buffer[..<count]
            case .ended: break reading
            case .wouldBlock, .failed: return nil
            }
        }
        do throws(DecodingError) {
            return try LaunchOrder(decoding: bytes)
        } catch { return nil }
    }
}
