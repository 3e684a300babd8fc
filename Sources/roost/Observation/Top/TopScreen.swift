internal import Bytes
internal import Platform
internal import RoostClient

/// `roost top` at a terminal: redraws in place until `q` or a signal ends it, while a thread of its
/// own takes the samples, so that a member that hangs delays no key.
final class TopScreen {
    private enum Token: UInt64 { case signals, keys, samples }

    private static let endingSignals: [Signal] = [.interrupt, .terminate, .hangUp, .quit]
    private static let endingKeys = Array("qQ\u{04}".utf8)

    private let screen = TerminalScreen()
    private let signals: SignalSource
    private let samples: Mailbox<Result<TopSample, Failure>>
    private var poller: Poller
    private var before: TopSample?
    private var page: [TopPage.Line] = []
    private var footer = "looking; q quits"
    private var isOver = false

    /// - Parameter intervalMilliseconds: between two samples.
    init(_ invocation: Invocation, intervalMilliseconds: UInt64) throws(Failure) {
        do throws(SystemError) {
            // Before any thread starts: threads inherit that the signals are blocked.
            let heard = Self.endingSignals.filter { !$0.wasIgnoredAtStart }
            signals = try SignalSource(heard + [.windowChange, .terminalStop, .goOn])
            samples = try Mailbox()
            poller = try Poller()
            try poller.add(signals, token: Token.signals.rawValue, interest: .readable)
            try poller.add(samples, token: Token.samples.rawValue, interest: .readable)
            if StandardStream.input.isTerminal {
                let keys = StandardStream.input
                try poller.add(keys, token: Token.keys.rawValue, interest: .readable)
            }
        } catch { throw .local("cannot watch the terminal: \(error)") }
        try sample(invocation, every: intervalMilliseconds)
    }

    /// Lets a thread take samples for as long as the process lives.
    private func sample(_ invocation: Invocation, every milliseconds: UInt64) throws(Failure) {
        do throws(SystemError) {
            _ = try Thread(named: "samples") { [samples] in
                do throws(Failure) {
                    let sampler = try TopSampler(invocation)
                    Self.sample(with: sampler, every: milliseconds) { samples.send($0) }
                } catch { samples.send(.failure(error)) }
            }
        } catch { throw .local("cannot begin to look: \(error)") }
    }

    private static func sample(
        with sampler: TopSampler,
        every milliseconds: UInt64,
        _ tell: (Result<TopSample, Failure>) -> Void
    ) {
        var due = Clock.monotonicNow()
        while true {
            do throws(Failure) { tell(.success(try sampler.sample())) } catch {
                tell(.failure(error))
            }
            due = max(due.advanced(byMilliseconds: milliseconds), Clock.monotonicNow())
            Pause.until(due)
        }
    }

    /// Returns when a key ended it; a signal that ends it ends roost.
    func run() throws(Failure) {
        defer { screen.leave() }
        do throws(SystemError) {
            try screen.enter()
            try draw()
            var events: [Poller.Event] = []
            while !isOver {
                try poller.wait(until: nil, into: &events)
                for event in events where !isOver { try handle(event) }
            }
        } catch {
            screen.leave()
            throw .local("cannot draw on the terminal: \(error)")
        }
    }

    private func handle(_ event: Poller.Event) throws(SystemError) {
        switch Token(rawValue: event.token) {
        case .signals: while let signal = signals.next() { try take(signal) }
        case .keys: try takeKeys()
        case .samples:
            for sample in samples.takeAll() { take(sample) }
            try draw()
        case nil: break
        }
    }

    private func take(_ signal: Signal) throws(SystemError) {
        switch signal {
        case .windowChange: try draw()
        case .goOn: break
        case .terminalStop:
            screen.leave()
            _ = try CurrentProcess.stop(by: signal, extent: .group)
            try screen.enter()
            try draw()
        default:
            screen.leave()
            CurrentProcess.die(by: signal)
        }
    }

    private func takeKeys() throws(SystemError) {
        var keys = [UInt8](repeating: 0, count: 256)
        switch StandardStream.input.read(into: &keys) {
        case .bytes(let count):
            isOver = keys[..<count].contains(where: Self.endingKeys.contains)
        case .wouldBlock: break
        case .ended: isOver = true
        case .failed(let error): throw error
        }
    }

    private func take(_ sample: Result<TopSample, Failure>) {
        switch sample {
        case .success(let sample):
            page = TopPage(TopFigures(from: before ?? sample, to: sample)).lines
            before = sample
            footer = "q quits"
        // What was seen last stays; what it lacks is said below.
        case .failure(let failure): footer = "\(failure.explanation); q quits"
        }
    }

    private func draw() throws(SystemError) {
        let frame = ScreenFrame(page, footer: footer, size: screen.size)
        try StandardStream.output.write(frame.bytes)
    }
}
