import Bytes
import Dispatch

extension MonotonicTime {
    /// The test's clock: every recorded time is of it.
    static var now: MonotonicTime {
        MonotonicTime(rawValue: DispatchTime.now().uptimeNanoseconds)
    }

    /// Seconds since `earlier`; 0 when that lies ahead.
    func seconds(since earlier: MonotonicTime) -> Double {
        Double(nanoseconds(since: earlier)) / 1e9
    }
}
