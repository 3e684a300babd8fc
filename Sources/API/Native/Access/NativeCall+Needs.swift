internal import Keyspace

// What each call needs, in switches without a default: a call that nobody thought of does not compile.

extension NativeCall {
    /// What `principal` has to be allowed.
    func needs(of principal: Principal) -> CallNeeds {
        switch self {
        case .answer, .health, .over: .nothing
        case .keyRead(let read): .all([.read(.key(read.key))])
        case .listing(let listing): .all([.read(listing.range)])
        case .write, .take, .barrier: .decidedAtApply
        case .tree(let tree): tree.needs
        case .difference(let difference): .all([.read(.subtree(difference.root))])
        case .history(let history): .all([.read(.key(history.key))])
        case .undo(let undo): .all([.read(.subtree(undo.root)), .write(.subtree(undo.root))])
        case .lookup(let lookup): lookup.needs
        case .place(let place): .all([.lock(name: place.contest.name)])
        case .hold(let hold): .all([.lock(name: hold.contest.name)])
        case .tokenCheck(let check): .all([.lock(name: check.contest.name)])
        case .observe(let observe): .all([.lock(name: observe.contest.name)])
        case .watch(let watch): .all(watch.filter.ranges.map { .read($0) })
        case .report(let report): report.needs
        case .member(let member): member.needs
        case .access(let access): access.needs(of: principal)
        case .backup: .all([.admin])
        case .serviceList: .all([.read(ServiceListCall.range)])
        case .service(let service): .all([.read(service.range)])
        case .serviceWatch(let watch): .all([.read(watch.range)])
        case .registration: .decidedAtApply
        case .healthReport(let report): .all([.write(report.range)])
        }
    }

    /// Whether it is decided anew whether its stream may go on: one that tells what happens. What a
    /// listing or a backup tells is of one state, at which it was decided.
    var followsPermissions: Bool {
        switch self {
        case .watch, .hold, .observe, .serviceWatch: true
        case .answer, .health, .over, .keyRead, .listing, .write, .tree, .difference,
            .history, .undo, .lookup, .tokenCheck,
            .place, .take, .barrier, .report,
            .member, .access, .backup, .serviceList, .service, .registration, .healthReport:
            false
        }
    }

    /// Whether the next step looks at the state as it is now, and at nothing else.
    ///
    /// - Parameter resumption: nil at the beginning.
    func looks(at store: Store, after resumption: Resumption?) -> Bool {
        switch self {
        case .keyRead(let read): read.freshness.isMet(by: store, after: resumption)
        case .listing(let listing): listing.freshness.isMet(by: store, after: resumption)
        case .difference(let difference): difference.freshness.isMet(by: store, after: resumption)
        case .history(let history): history.freshness.isMet(by: store, after: resumption)
        case .serviceList(let list): list.freshness.isMet(by: store, after: resumption)
        case .service(let service): service.freshness.isMet(by: store, after: resumption)
        case .tokenCheck(let check): check.freshness.isMet(by: store, after: resumption)
        case .tree, .undo, .lookup, .serviceWatch:
            resumption?.isReadable ?? false
        case .healthReport: resumption?.isReadable ?? true
        case .answer, .health, .over, .write, .place, .take, .barrier, .hold, .observe,
            .watch, .report, .member,
            .access, .backup, .registration:
            false
        }
    }

    /// Whether it looks at nothing before it begins to answer, so that a round through the leader
    /// has to come before what it may do is decided.
    var beginsBlindly: Bool {
        switch self {
        case .watch: true
        case .answer, .health, .over, .keyRead, .listing, .write, .tree, .difference,
            .history, .undo, .lookup, .tokenCheck,
            .place, .take, .barrier, .hold,
            .observe, .report, .member, .access, .backup, .serviceList, .service, .serviceWatch,
            .registration, .healthReport:
            false
        }
    }
}

extension TreeCall {
    fileprivate var needs: CallNeeds {
        switch purpose {
        case .write: .decidedAtApply
        case .forecast: .all([.read(.subtree(root)), .write(.subtree(root))])
        }
    }
}

extension Lookup {
    fileprivate var needs: CallNeeds {
        switch subject {
        case .lease(let id): .sight(of: id)
        case .leases, .quota, .quotas: .all([.admin])
        case .contest(let contest), .leader(let contest, _): .all([.lock(name: contest.name)])
        case .contests: .all([.locks(.everything)])
        case .guards: .all([.admin])
        case .guarded(let root): .all([.read(.key(root))])
        case .counter(let name): .all([.lock(name: name)])
        case .queue(let queue), .firstItem(let queue): .all([.lock(name: queue.bytes)])
        case .barrier(let barrier, _): .all([.lock(name: barrier.bytes)])
        case .queues, .barriers: .all([.locks(.everything)])
        case .settings, .revision: .all([.identity])
        }
    }
}

extension ReportCall {
    fileprivate var needs: CallNeeds {
        switch kind {
        case .version: .nothing
        case .metrics: .any([.metrics, .admin])
        case .status, .cluster: .all([.identity])
        }
    }
}

extension MemberCall {
    fileprivate var needs: CallNeeds {
        switch purpose {
        case .list: .all([.identity])
        case .add, .remove, .withdraw, .update, .replace, .transfer: .all([.admin])
        }
    }
}

extension AccessCall {
    fileprivate func needs(of principal: Principal) -> CallNeeds {
        switch purpose {
        case .status, .login: .nothing
        // Also that one is nobody.
        case .whoAmI: principal.isAnonymous ? .nothing : .all([.identity])
        case .user(let name), .can(let name, _):
            // Everybody may know of themselves.
            if case .user(name, _) = principal.caller { .all([.identity]) } else { .all([.admin]) }
        case .putUser(let name, _?, .removing([]), _):
            if case .user(name, _) = principal.caller { .all([.identity]) } else { .all([.admin]) }
        case .users, .putUser, .roles, .role, .keys, .rotateKeys, .enable, .change: .all([.admin])
        }
    }
}

extension NamePattern {
    /// Every name.
    fileprivate static let everything = NamePattern(name: [UInt8(ascii: "*")])
}

extension Resumption {
    /// Whether the store is lent along for a read.
    fileprivate var isReadable: Bool {
        if case .readable = self { true } else { false }
    }
}
