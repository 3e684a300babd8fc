internal import Bytes
internal import Platform
internal import Replica
internal import TLS

/// Moving bytes.
extension PeerTransport {
    mutating func read(from link: Link, into inputs: inout [Input]) {
        switch link.receive(into: &buffer) {
        case .success(.wouldBlock): return
        case .success(.ended): lose(link, end: .refused, into: &inputs)
        case .success(.failed(let error)): lose(link, end: LinkEnd(error), into: &inputs)
        case .success(.bytes(let count)): take(count, from: link, into: &inputs)
        case .failure(let fault):
            note(.tls(fault), of: link)
            lose(link, end: .timedOut, into: &inputs)
        }
    }

    /// Takes the frames that the first bytes of the buffer complete.
    mutating func take(_ count: Int, from link: Link, into inputs: inout [Input]) {
        counts.receivedByteCount += UInt64(count)
        let isFirst = link.naming == .unchecked
        if isFirst, link.session == nil, link.wasAccepted, buffer[0] == TLSSession.handshakeByte {
            note(.unexpectedTLS, of: link)
        }
        var frames: [[UInt8]] = []
        do throws(FrameError) {
            try link.incoming.take(buffer, count: count) { frames.append($0) }
        } catch { return lose(link, end: .refused, into: &inputs) }
        if isFirst, let first = frames.first {
            link.naming = .checked
            if let security, let session = link.session,
                let notice = security.contradiction(of: first, on: link, to: session.peer)
            {
                note(notice.reason, of: link)
                return lose(link, end: .timedOut, into: &inputs)
            }
        }
        counts.receivedFrameCount += UInt64(frames.count)
        for frame in frames { inputs.append(.frame(link.id, frame)) }
    }

    /// One send; several where TLS cuts what waits. Returns why the link can no longer be used; nil
    /// while it can.
    mutating func flush(_ link: Link, with poller: borrowing Poller) -> LinkEnd? {
        guard link.isOpen, link.hasOutput else { return nil }
        for _ in 0..<(link.session == nil ? 1 : Self.encryptedSendCountMax) {
            switch link.sendOutput() {
            case .success(.bytes(let count)):
                counts.sentByteCount += UInt64(count)
                guard count > 0, link.hasOutput else { break }
                continue
            case .success(.wouldBlock): break
            case .success(.ended): return .refused
            case .success(.failed(let error)): return LinkEnd(error)
            case .failure(let fault):
                note(.tls(fault), of: link)
                return .timedOut
            }
            break
        }
        guard !link.outgoing.isOverfull else { return .timedOut }
        setInterest(link.wantedInterest, of: link, with: poller)
        return nil
    }

    func setInterest(_ interest: Readiness, of link: Link, with poller: borrowing Poller) {
        guard link.interest != interest else { return }
        link.interest = interest
        do throws(SystemError) {
            try poller.change(link.socket, token: Self.token(of: link), interest: interest)
        } catch { invariant(false, "a registered link can't be changed: \(error)") }
    }

    mutating func markDirty(_ link: Link) {
        if dirty.last != link.id { dirty.append(link.id) }
    }

    mutating func lose(_ link: Link, end: LinkEnd, into inputs: inout [Input]) {
        forget(link)
        inputs.append(.linkClosed(link.id, end))
    }

    mutating func forget(_ link: Link) {
        guard links.removeValue(forKey: link.id) != nil else { return }
        if link.wasAccepted { acceptedCount -= 1 }
    }
}
