internal import Bytes

/// The accounts of all clients: of their addresses, and of users, wherever they come from.
struct ClientLedger {
    /// What one client may have begun in a turn while another is active: a millisecond's work, more
    /// or less.
    static let turnShare = 256
    /// A client that asked for something so long ago is still active.
    static let activeMilliseconds: UInt64 = 1_000
    /// Accounts without a connection, beyond as many as there are with one, before they are looked
    /// through.
    private static let leftoverCountMax = 1024

    var limits: ClientLimits
    private var accounts: [ClientSource: ClientAccount] = [:]
    private var users: [[UInt8]: ClientAccount] = [:]
    private var connectionCount = 0
    /// How many accounts of addresses were left when they were looked through last.
    private var sweptCount = 0
    /// The two that were active last.
    private var latest: Activity?
    private var other: Activity?

    private struct Activity {
        let account: ClientAccount
        var time: MonotonicTime
    }

    init(limits: ClientLimits = .none) { self.limits = limits }

    /// How many clients are known.
    var count: Int { accounts.count }

    /// How many users are known.
    var userCount: Int { users.count }

    /// Counts a connection; nil where the client has as many as it may. A trusted proxy may have any
    /// number.
    mutating func open(
        _ source: ClientSource,
        as standing: ClientOrigin.Standing,
        now: MonotonicTime
    ) -> ClientAccount? {
        let account = accounts[source] ?? ClientAccount(.source(source))
        guard
            standing == .trustedProxy || limits.connectionCount == 0
                || account.connectionCount < limits.connectionCount
        else { return nil }
        accounts[source] = account
        account.connectionCount += 1
        connectionCount += 1
        return account
    }

    /// Counts a connection no more.
    ///
    /// - Complexity: O(1), amortized
    mutating func close(_ account: ClientAccount, now: MonotonicTime) {
        account.connectionCount -= 1
        connectionCount -= 1
        if account.isForgettable(now: now) {
            if case .source(let source) = account.owner { accounts[source] = nil }
        } else {
            sweep(now: now)
        }
    }

    /// The account of a client whose requests another passes on; one that is not kept while nothing
    /// is limited.
    ///
    /// - Complexity: O(1), amortized
    mutating func account(of source: ClientSource, now: MonotonicTime) -> ClientAccount {
        if let account = accounts[source] { return account }
        let account = ClientAccount(.source(source))
        guard limits != .none else { return account }
        sweep(now: now)
        accounts[source] = account
        return account
    }

    /// Forgets what may be, where many came since the last time.
    private mutating func sweep(now: MonotonicTime) {
        let few = max(2 * connectionCount, sweptCount) + Self.leftoverCountMax
        guard accounts.count > few else { return }
        accounts = accounts.filter { !$0.value.isForgettable(now: now) }
        sweptCount = accounts.count
    }

    /// The account of a user; nil for nobody in particular, and while nothing is limited.
    ///
    /// - Complexity: O(1), amortized
    mutating func account(ofUser name: [UInt8], now: MonotonicTime) -> ClientAccount? {
        guard limits != .none, !name.isEmpty else { return nil }
        if let account = users[name] { return account }
        if users.count >= 2 * connectionCount + Self.leftoverCountMax {
            users = users.filter { !$0.value.isForgettable(now: now) }
        }
        let account = ClientAccount(.user(name))
        users[name] = account
        return account
    }

    /// The account of a user that has one.
    func user(_ name: [UInt8]) -> ClientAccount? { users[name] }

    /// Whether more is to be received from a client in that turn: one that had its share waits for
    /// the next one while another is active, so that the other's requests do not wait for all of
    /// its own.
    mutating func mayReceive(
        from account: ClientAccount,
        in turn: UInt64,
        now: MonotonicTime
    ) -> Bool {
        note(account, now: now)
        guard account.requestCount(in: turn) >= Self.turnShare, let other else { return true }
        return now.nanoseconds(since: other.time) > Self.activeMilliseconds * 1_000_000
    }

    /// Keeps the two that were active last; `latest` is the account from here on.
    private mutating func note(_ account: ClientAccount, now: MonotonicTime) {
        if latest?.account !== account {
            other = latest
            latest = Activity(account: account, time: now)
        } else {
            latest?.time = now
        }
    }
}
