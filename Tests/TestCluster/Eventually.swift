import Foundation
import Glibc

/// Asks until it is so, or the deadline has passed; the pause between is a poll, not a guess.
package func eventually(withinSeconds seconds: Double, holds: () -> Bool) -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while !holds() {
        guard Date() < deadline else { return false }
        poll(nil, 0, 10)
    }
    return true
}
