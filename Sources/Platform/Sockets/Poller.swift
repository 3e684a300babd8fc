package import Bytes
internal import CPlatform

/// Waits for many descriptors at once: epoll, level-triggered.
///
/// Each descriptor is registered with a token of the caller's. A closed descriptor leaves by
/// itself, but an event that was already taken may still name its token: tokens are not reused.
package struct Poller: ~Copyable, Sendable {
    /// One ready descriptor.
    package struct Event: Hashable, Sendable {
        package let token: UInt64
        package let readiness: Readiness
    }

    private let owned: OwnedDescriptor
    private var buffer = [roost_event](
        repeating: roost_event(token: 0, readiness: 0),
        count: Int(ROOST_EVENTS_A_WAIT)
    )

    package init() throws(SystemError) {
        owned = OwnedDescriptor(adopting: try checked("epoll_create", result: roost_epoll_create()))
    }

    /// Registers a source until it is removed or closed.
    package borrowing func add(
        _ source: borrowing some Pollable & ~Copyable,
        token: UInt64,
        interest: Readiness
    ) throws(SystemError) {
        let result = roost_epoll_add(owned.number, source.descriptor, interest.rawValue, token)
        try checked("epoll_ctl", result: result)
    }

    /// Changes what a registered source is asked for; nothing at all is allowed.
    package borrowing func change(
        _ source: borrowing some Pollable & ~Copyable,
        token: UInt64,
        interest: Readiness
    ) throws(SystemError) {
        let result = roost_epoll_change(owned.number, source.descriptor, interest.rawValue, token)
        try checked("epoll_ctl", result: result)
    }

    /// Ends a registration; needed only for a source that stays open.
    package borrowing func remove(
        _ source: borrowing some Pollable & ~Copyable
    ) throws(SystemError) {
        try checked("epoll_ctl", result: roost_epoll_remove(owned.number, source.descriptor))
    }

    /// Waits until a descriptor is ready, at most until `deadline`; nil waits for ever.
    ///
    /// `events` is emptied first, and stays empty when time ran out or a signal came. The deadline
    /// is met to the next millisecond, never early. At most 256 events a call.
    package mutating func wait(
        until deadline: MonotonicTime?,
        into events: inout [Event]
    ) throws(SystemError) {
        events.removeAll(keepingCapacity: true)
        let timeout = Poller.milliseconds(until: deadline)
        let poller = owned.number
        let result = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return Int32(0) }
            return unsafe roost_epoll_wait(poller, base, timeout)
        }
        take(Int(try checked("epoll_wait", result: result)), into: &events)
    }

    /// As `wait`, but the deadline is met to the nanosecond where the system can: for work that is
    /// due at an exact time. Costs as much as `wait`.
    package mutating func waitExactly(
        until deadline: MonotonicTime,
        into events: inout [Event]
    ) throws(SystemError) {
        events.removeAll(keepingCapacity: true)
        let timeout = deadline.nanoseconds(since: Clock.monotonicNow())
        let poller = owned.number
        let result = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return Int32(0) }
            return unsafe roost_epoll_wait_exactly(poller, base, timeout)
        }
        take(Int(try checked("epoll_pwait2", result: result)), into: &events)
    }

    private func take(_ count: Int, into events: inout [Event]) {
        for index in 0..<count {
            let event = buffer[index]
            events.append(
                Event(token: event.token, readiness: Readiness(rawValue: event.readiness))
            )
        }
    }

    /// Waits for one source alone; empty when the time ran out or a signal came.
    package static func wait(
        for source: borrowing some Pollable & ~Copyable,
        interest: Readiness,
        until deadline: MonotonicTime?
    ) throws(SystemError) -> Readiness {
        let timeout = milliseconds(until: deadline)
        let result = roost_poll_one(source.descriptor, interest.rawValue, timeout)
        return Readiness(rawValue: UInt32(try checked("poll", result: result)))
    }

    /// As `wait(for:interest:until:)`, but ends empty as soon as `wakeup` was signalled, too, which
    /// stays so.
    package static func wait(
        for source: borrowing some Pollable & ~Copyable,
        interest: Readiness,
        beside wakeup: Wakeup,
        until deadline: MonotonicTime?
    ) throws(SystemError) -> Readiness {
        let result = roost_poll_beside(
            source.descriptor,
            interest.rawValue,
            wakeup.descriptor,
            milliseconds(until: deadline)
        )
        return Readiness(rawValue: UInt32(try checked("poll", result: result)))
    }

    /// Rounded up, so that a deadline has passed when the wait for it ends; -1 for ever.
    private static func milliseconds(until deadline: MonotonicTime?) -> Int32 {
        guard let deadline else { return -1 }
        let rest = deadline.nanoseconds(since: Clock.monotonicNow())
        return Int32(clamping: rest / 1_000_000 + (rest % 1_000_000 == 0 ? 0 : 1))
    }
}
