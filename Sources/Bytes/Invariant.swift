/// Ends the process when our own state contradicts itself, and says why.
///
/// Unlike `precondition`, the message survives an optimised build. Never for input from outside:
/// that is refused with a typed error before it can reach an invariant.
@inlinable
public func invariant(
    _ holds: @autoclosure () -> Bool,
    _ why: @autoclosure () -> String,
    file: StaticString = #fileID,
    line: UInt = #line
) {
    guard !holds() else { return }
    unreachable(why(), file: file, line: line)
}

/// Like `invariant`, but only where assertions are checked, and in the build that plants bugs; a
/// release neither checks it nor pays for it.
///
/// For the rules that compare what a value keeps twice, which are many and stand at the end of every
/// turn. What guards safety at the one place where it is decided is an `invariant`.
@inlinable
@inline(__always)
public func debugInvariant(
    _ holds: @autoclosure () -> Bool,
    why: @autoclosure () -> String,
    file: StaticString = #fileID,
    line: UInt = #line
) {
    if bugsCanBePlanted {
        invariant(holds(), why(), file: file, line: line)
    } else {
        assert(holds(), why(), file: file, line: line)
    }
}

/// Ends the process at a place that only a broken invariant leads to, and says why.
///
/// For where there is no value to go on with, so that the condition alone can't be handed to
/// `invariant`. Never for input from outside.
@inlinable
public func unreachable(
    _ why: @autoclosure () -> String,
    file: StaticString = #fileID,
    line: UInt = #line
) -> Never {
    fatalError("invariant broken: \(why())", file: file, line: line)
}
