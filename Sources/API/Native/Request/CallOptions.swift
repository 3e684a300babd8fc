internal import Bytes
internal import Wire

/// What every call takes, whatever it does.
struct CallOptions {
    /// When proposing and reading end without an answer.
    let deadline: MonotonicTime
    let timing: Timing
    /// Of a body in JSON.
    let layout: JSONLayout

    /// Whether the answer says how long its parts took.
    enum Timing {
        case untold
        case told
    }

    /// Of a call that names none.
    static let defaultTimeoutMilliseconds: UInt64 = 5000

    init(_ parameters: inout Parameters, now: MonotonicTime) throws(Problem) {
        let timeout = try parameters.duration("timeout")
        deadline = now.advanced(
            byMilliseconds: timeout?.milliseconds ?? Self.defaultTimeoutMilliseconds
        )
        timing = try parameters.flag("timing") ? .told : .untold
        layout = try parameters.flag("pretty") ? .indented : .compact
    }

    /// Of a request that is refused: how it wants to hear it, as far as that can be understood.
    init(refusing request: HTTPRequest, now: MonotonicTime) {
        deadline = now
        timing = .untold
        var parameters = try? Parameters(request)
        layout = (try? parameters?.flag("pretty")) == true ? .indented : .compact
    }
}
