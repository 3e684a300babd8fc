import Foundation
import Glibc
import Synchronization
import TestCluster
import Testing

/// A bad line in front of a member: bytes go both ways, late, or one way only, or the connection
/// breaks.
final class FaultProxy: Sendable {
    /// What happens to connections.
    enum Weather: Sendable {
        case clear
        /// Each piece waits for up to this long.
        case slow(milliseconds: Int)
        /// Answers are swallowed.
        case answersLost
        /// Each piece waits, and now and then the connection breaks.
        case stormy(milliseconds: Int, breaksOnceIn: Int)
    }

    let port: UInt16
    private let listener: CInt
    private let target: Door
    private let weather = Mutex(Weather.clear)
    private let chance: Mutex<Chance>
    /// Both ends of every connection that is open.
    private let pairs = Mutex<[CInt: CInt]>([:])

    /// Listens on loopback.
    init(before target: Door, seed: UInt64) throws {
        self.target = target
        chance = Mutex(Chance(seed: seed))
        listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let listens = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                unsafe bind(listener, rebound, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, rebound, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        try #require(listens)
    }

    /// Begins to take connections.
    func start() {
        Thread.detachNewThread { [weak self, listener] in
            while true {
                let near = accept(listener, nil, nil)
                guard near >= 0, let self else { return }
                self.join(near)
            }
        }
    }

    /// Takes no more connections, and breaks those that are open.
    func stop() {
        shutdown(listener, CInt(SHUT_RDWR))
        breakAll()
    }

    deinit { close(listener) }

    func set(_ next: Weather) { weather.withLock { $0 = next } }

    /// Breaks every connection.
    func breakAll() {
        pairs.withLock { pairs in
            for (near, far) in pairs {
                shutdown(near, CInt(SHUT_RDWR))
                shutdown(far, CInt(SHUT_RDWR))
            }
        }
    }

    private func join(_ near: CInt) {
        var one: CInt = 1
        let far = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        unsafe setsockopt(near, CInt(IPPROTO_TCP), TCP_NODELAY, &one, 4)
        unsafe setsockopt(far, CInt(IPPROTO_TCP), TCP_NODELAY, &one, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = target.port.bigEndian
        address.sin_addr.s_addr = unsafe inet_addr(target.host)
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                unsafe connect(far, rebound, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            close(near)
            close(far)
            return
        }
        pairs.withLock { $0[near] = far }
        let group = DispatchGroup()
        for (from, to, isAnswer) in [(near, far, false), (far, near, true)] {
            group.enter()
            Thread.detachNewThread { [self] in
                pump(from: from, to: to, isAnswer: isAnswer)
                shutdown(from, CInt(SHUT_RDWR))
                shutdown(to, CInt(SHUT_RDWR))
                group.leave()
            }
        }
        group.notify(queue: .global()) { [self] in
            pairs.withLock { $0[near] = nil }
            close(near)
            close(far)
        }
    }

    private func pump(from: CInt, to: CInt, isAnswer: Bool) {
        var piece = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = unsafe recv(from, &piece, piece.count, 0)
            guard count > 0 else { return }
            switch weather.withLock({ $0 }) {
            case .clear: break
            case .slow(let milliseconds): delay(milliseconds)
            case .answersLost: if isAnswer { continue }
            case .stormy(let milliseconds, let once):
                delay(milliseconds)
                if chance.withLock({ $0.number(in: 1...once) }) == 1 { return }
            }
            var offset = 0
            while offset < count {
                let sent = unsafe piece.withUnsafeBytes { raw in
                    unsafe Glibc.send(
                        to,
                        raw.baseAddress.map { unsafe $0 + offset },
                        count - offset,
                        CInt(MSG_NOSIGNAL)
                    )
                }
                guard sent > 0 else { return }
                offset += sent
            }
        }
    }

    private func delay(_ milliseconds: Int) {
        poll(nil, 0, CInt(chance.withLock { $0.number(in: 0...milliseconds) }))
    }
}
