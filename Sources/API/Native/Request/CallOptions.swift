internal import Bytes
internal import Wire

/// What every call takes, whatever it does.
struct CallOptions {
    /// When proposing and reading end without an answer.
    let deadline: MonotonicTime
    /// How long an answer may take, beyond what the call asks to wait.
    let timeoutMilliseconds: UInt64
    let timing: Timing
    /// How a body in JSON is laid out.
    let layout: JSONLayout

    /// Whether the answer says how long its parts took.
    enum Timing {
        case untold
        case told
    }

    /// The time that a call has which names none.
    static let defaultTimeoutMilliseconds: UInt64 = 5000

    init(_ parameters: inout Parameters, now: MonotonicTime) throws(Problem) {
        let timeout = try parameters.duration("timeout")
        timeoutMilliseconds = timeout?.milliseconds ?? Self.defaultTimeoutMilliseconds
        deadline = now.advanced(byMilliseconds: timeoutMilliseconds)
        timing = try parameters.flag("timing") ? .told : .untold
        layout = try parameters.flag("pretty") ? .indented : .compact
    }

    /// The options of a request that is refused: how it wants to hear it, as far as that can be
    /// understood.
    init(refusing request: HTTPRequest, now: MonotonicTime) {
        deadline = now
        timeoutMilliseconds = 0
        timing = .untold
        var parameters = try? Parameters(request)
        layout = (try? parameters?.flag("pretty")) == true ? .indented : .compact
    }
}
