internal import Bytes
internal import Credentials
internal import Keyspace
internal import Replica
internal import Wire

/// Who asks in an exchange, and what has to happen before its call may begin.
struct Admission {
    indirect enum Pending {
        /// The credentials are of a state that has not come here yet.
        case identity(HTTPRequest, ListenerKind)
        /// A password is looked at; whose it is if it is right.
        case proof(HTTPRequest, ListenerKind, Principal)
        /// A round through the leader, to decide what the caller may do.
        case round
    }

    /// Nobody in particular, until it is known.
    var principal = Principal.anonymous
    var pending: Pending?
    /// Whether the member has asked the leader for the state that the credentials are of.
    var isCurrent = false
    /// The caller's to a stream that goes on.
    private var right = StandingRight()

    var isPending: Bool { pending != nil }

    /// Why a stream may not go on; nil while it may.
    ///
    /// - Complexity: O(1) while no permission changes.
    mutating func objection(
        to call: borrowing NativeCall,
        in keyspace: Keyspace,
        member: MemberView
    ) -> Problem? {
        guard keyspace.isAccessControlled, call.followsPermissions else { return nil }
        guard !principal.isOver(at: member.unixSeconds) else { return .access(.unauthenticated) }
        guard right.isInDoubt(in: keyspace) else { return nil }
        if let problem = call.needs(of: principal).problem(for: principal, in: keyspace) {
            return problem
        }
        right.stood(in: keyspace)
        return nil
    }
}

// MARK: - Beginnings

extension NativeExchange {
    /// Notes who asks. Where that is still to be found out: the step that does.
    mutating func identify(
        _ identity: CallerIdentity,
        of request: HTTPRequest,
        for resource: Resource,
        through door: ListenerKind,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep? {
        switch identity {
        case .known(let principal):
            admission.principal = principal
            // What nobody may do is not carried to the log.
            if keyspace.isAccessControlled, principal.caller == .nobody,
                keyspace.access.role(.anonymous) == nil, resource != .authWhoami
            {
                throw .access(.unauthenticated)
            }
            return nil
        case .refused(let fault): throw .untrusted(fault)
        case .unsettled(let fault):
            guard !admission.isCurrent else { throw .untrusted(fault) }
            admission.pending = .identity(request, door)
            deadline = now.advanced(byMilliseconds: Self.laterPatienceMilliseconds)
            return .read
        case .toProve(let task, let principal):
            admission.pending = .proof(request, door, principal)
            return .work(.password(task))
        }
    }

    /// The call's own first step, or what comes before it.
    mutating func firstStep(in keyspace: Keyspace, now: MonotonicTime) -> NativeStep {
        if keyspace.isAccessControlled, call.beginsBlindly {
            admission.pending = .round
            return .read
        }
        return begin(in: keyspace, now: now)
    }

    private mutating func begin(in keyspace: Keyspace, now: MonotonicTime) -> NativeStep {
        guard keyspace.isAccessControlled else { return started(in: keyspace, now: now) }
        var needs = call.needs(of: admission.principal)
        if let refusal = foresee(&needs, in: keyspace, after: nil) { return refusal }
        var step = started(in: keyspace, now: now)
        withhold(&step, unless: needs, in: keyspace)
        return step
    }

    @inline(__always)
    private mutating func started(in keyspace: Keyspace, now: MonotonicTime) -> NativeStep {
        do throws(Problem) { return try call.start(keyspace, now: now) } catch {
            return end(because: error, in: keyspace)
        }
    }

    /// Decides before the call goes on where it only looks at the state: what is there takes its
    /// time, and so would tell who may not read it; and nothing is proposed that came of it.
    ///
    /// - Parameters:
    ///   - needs: nothing more once that is decided.
    ///   - resumption: nil at the beginning.
    /// - Returns: a refusal in the place of what would come.
    mutating func foresee(
        _ needs: inout CallNeeds,
        in keyspace: Keyspace,
        after resumption: Resumption?
    ) -> NativeStep? {
        if case .nothing = needs { return nil }
        guard call.looks(at: keyspace.store, after: resumption) else { return nil }
        if let problem = needs.problem(for: admission.principal, in: keyspace) {
            return refuse(problem)
        }
        needs = .nothing
        return nil
    }

    /// The answer of a call that cannot go on.
    mutating func end(because problem: Problem, in keyspace: Keyspace) -> NativeStep {
        call = .over
        return .respond(problem.explained(by: keyspace.settings).response)
    }

    /// Goes on with what had to happen before the call.
    mutating func settle(
        _ resumption: Resumption,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) -> NativeStep {
        switch (admission.pending, resumption) {
        case (_, .disconnected):
            admission.pending = nil
            return .finish
        case (_, .unreadable): return refuse(.unreadable)
        case (.identity(let request, _), .readable): return .identify(request)
        case (.identity(let request, let door), .identified(let identity)):
            admission.isCurrent = true
            return restart(request, through: door, by: identity, in: keyspace, now: now)
        case (.proof(let request, let door, let principal), .worked(.password(let outcome))):
            switch outcome {
            case .right:
                return restart(
                    request,
                    through: door,
                    by: .known(principal),
                    in: keyspace,
                    now: now
                )
            case .wrong: return refuse(.wrongPassword)
            case .turnedAway(let seconds): return refuse(.turnedAway(retryAfterSeconds: seconds))
            case .hashed, .drawn, .impossible: return refuse(.noMemoryForPassword)
            }
        case (.round, .readable):
            admission.pending = nil
            return begin(in: keyspace, now: now)
        default: return .goOn
        }
    }

    private mutating func restart(
        _ request: HTTPRequest,
        through door: ListenerKind,
        by identity: CallerIdentity,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) -> NativeStep {
        admission.pending = nil
        return start(request, through: door, by: identity, keyspace: keyspace, now: now)
    }

    private mutating func refuse(_ problem: Problem) -> NativeStep {
        admission.pending = nil
        call = .over
        return .respond(problem.response)
    }

    /// Puts a refusal in the place of what the call came to, where the caller may not have it.
    mutating func withhold(
        _ step: inout NativeStep,
        unless needs: CallNeeds,
        in keyspace: Keyspace
    ) {
        guard step.tells,
            let problem = needs.problem(for: admission.principal, in: keyspace)
        else { return }
        call = .over
        step = .respond(problem.response)
    }
}

extension Step {
    /// Whether something goes out with it or is done at once: by then it has to be decided that the
    /// caller may.
    fileprivate var tells: Bool {
        switch self {
        case .respond, .stream, .handOver, .work(.password): true
        case .wait(let wake): wake.filter != nil || wake.contest != nil || wake.place != nil
        case .propose, .read, .describe, .identify, .work(.backup), .goOn, .finish: false
        }
    }
}

extension Problem {
    /// What came along to say who asks is not believed.
    static func untrusted(_ fault: TokenFault) -> Problem {
        Problem(
            .unauthenticated,
            "What the request brings to say who asks is not accepted: \(fault.text); log in (again), or say it otherwise."
        )
    }
}
