internal import Bytes
internal import Platform
package import Replica
package import TLS

/// Agreeing on TLS, where links have to keep it.
extension PeerTransport {
    /// Why links were not believed since this was asked last.
    package mutating func takeNotices() -> [LinkNotice] {
        guard !notices.isEmpty else { return [] }
        defer { notices = [] }
        return notices
    }

    /// Ends the links with members whose certificates have ended, or would not be believed now.
    ///
    /// - Parameters:
    ///   - trust: what is trusted now, where that has changed.
    ///   - unixSeconds: the wall clock.
    /// - Complexity: O(links), a verification each where trust has changed.
    package mutating func endDistrusted(
        under trust: TLSContext?,
        at unixSeconds: Int64,
        into inputs: inout [Input]
    ) {
        for link in Array(links.values) {
            guard let session = link.session, link.isOpen else { continue }
            if session.isOver(at: unixSeconds) {
                note(.tls(.certificate(reason: "certificate has expired")), of: link)
            } else if let trust, !session.isBelieved(under: trust) {
                note(.tls(.certificate(reason: "it is not believed any more")), of: link)
            } else {
                continue
            }
            lose(link, end: .refused, into: &inputs)
        }
    }

    mutating func note(_ reason: LinkNotice.Reason, of link: Link) {
        guard notices.count < Self.noticeCountMax else { return }
        notices.append(LinkNotice(place: link.place, reason: reason))
    }

    /// Goes on with agreeing on TLS.
    mutating func secure(
        _ link: Link,
        with poller: borrowing Poller,
        into inputs: inout [Input]
    ) {
        guard case .securing(let dial, _) = link.stage else { return }
        switch link.receive(into: &buffer) {
        case .failure(.plainText) where dial == nil:
            return refuse(link, because: .plain, into: &inputs)
        case .failure(let fault): return refuse(link, because: .tls(fault), into: &inputs)
        case .success(.ended), .success(.failed):
            if dial == nil {
                forget(link)
            } else {
                refuse(link, because: .endedEarly, into: &inputs)
            }
            return
        case .success(.wouldBlock): open(link, dial: dial, receivedByteCount: 0, into: &inputs)
        case .success(.bytes(let count)):
            open(link, dial: dial, receivedByteCount: count, into: &inputs)
        }
        guard links[link.id] != nil else { return }
        link.sendOutput()
        setInterest(link.wantedInterest, of: link, with: poller)
    }

    /// The link stands as soon as both sides are agreed.
    private mutating func open(
        _ link: Link,
        dial: Dial?,
        receivedByteCount count: Int,
        into inputs: inout [Input]
    ) {
        guard let session = link.session, session.stage != .handshaking else { return }
        link.stage = .open
        if let dial {
            inputs.append(.linkOpened(link.id, to: dial.address))
        } else {
            inputs.append(.linkAccepted(link.id))
        }
        if count > 0 { take(count, from: link, into: &inputs) }
    }

    mutating func refuse(
        _ link: Link,
        because reason: LinkNotice.Reason,
        into inputs: inout [Input]
    ) {
        note(reason, of: link)
        let dial: Dial? = if case .securing(let dial, _) = link.stage { dial } else { nil }
        forget(link)
        if let dial { inputs.append(.dialFailed(dial.address, .timedOut)) }
    }
}
