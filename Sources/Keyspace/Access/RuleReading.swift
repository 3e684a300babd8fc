/// Reads rules, one after another, for one requirement.
///
/// A range is allowed as a whole, by rules that together cover it, or refused as a whole: a denial
/// of any part of it is one of the whole.
struct RuleReading {
    private let verb: AccessVerbs
    private let subject: Subject
    private var denial: AccessGrounds?
    /// The first that allows the one key, or any part of the spans.
    private var allowance: AccessGrounds?
    private var allowed: [KeySpan] = []

    private enum Subject {
        case key(Key)
        case spans([KeySpan])
        case service
    }

    /// Nil for a requirement of which no rule speaks.
    init?(_ requirement: AccessRequirement) {
        guard let verb = requirement.verb else { return nil }
        self.verb = AccessVerbs(verb)
        switch requirement {
        case .read(.key(let key)), .write(.key(let key)): subject = .key(key)
        case .read(let range), .write(let range): subject = .spans(range.openSpans)
        case .lock(let name): subject = .spans([KeySpan(from: name, to: name + [0])])
        case .locks(let pattern): subject = .spans([pattern.span])
        case .admin, .metrics: subject = .service
        case .identity: return nil
        }
    }

    mutating func read(_ rule: AccessRule, of role: AccessName) {
        guard !rule.verbs.isDisjoint(with: verb), denial == nil else { return }
        switch rule.effect {
        case .deny:
            if denies(rule.scope) { denial = AccessGrounds(role: role, rule: rule) }
        case .allow:
            guard allows(rule.scope), allowance == nil else { return }
            allowance = AccessGrounds(role: role, rule: rule)
        }
    }

    /// - Complexity: O(*r* log *r*) in the rules that allow a part of a range
    consuming func decision() -> AccessDecision {
        if let denial { return .denied(denial) }
        guard case .spans(let wanted) = subject else {
            return allowance.map { .allowed($0) } ?? .denied(nil)
        }
        let cover = allowed.sorted { $0.from.lexicographicallyPrecedes($1.from) }
        return wanted.allSatisfy(cover.cover) ? .allowed(allowance) : .denied(nil)
    }

    private func denies(_ scope: AccessRule.Scope) -> Bool {
        switch (subject, scope) {
        case (.key(let key), .keys(let range)): range.selects(key)
        case (.spans(let wanted), .keys(let range)): range.spans.overlap(wanted)
        case (.spans(let wanted), .names(let pattern)): [pattern.span].overlap(wanted)
        case (.service, .service): true
        default: false
        }
    }

    /// Whether the rule allows some of it; which, is noted.
    private mutating func allows(_ scope: AccessRule.Scope) -> Bool {
        switch (subject, scope) {
        case (.key(let key), .keys(let range)): return range.contains(key)
        case (.spans(let wanted), .keys(let range)):
            return note(range.openSpans, of: wanted)
        case (.spans(let wanted), .names(let pattern)):
            return note([pattern.span], of: wanted)
        case (.service, .service): return true
        default: return false
        }
    }

    private mutating func note(_ spans: [KeySpan], of wanted: [KeySpan]) -> Bool {
        let parts = spans.filter { [$0].overlap(wanted) }
        allowed += parts
        return !parts.isEmpty
    }
}

extension [KeySpan] {
    fileprivate func overlap(_ others: [KeySpan]) -> Bool {
        contains { span in others.contains { span.overlaps($0) } }
    }

    /// Whether the spans, in the order of their begins, have all of the other between them.
    fileprivate func cover(_ wanted: KeySpan) -> Bool {
        var rest = wanted
        for span in self where !rest.isEmpty {
            guard !rest.from.lexicographicallyPrecedes(span.from) else { return false }
            guard let end = span.to else { return true }
            if rest.from.lexicographicallyPrecedes(end) {
                rest = KeySpan(from: end, to: wanted.to)
            }
        }
        return rest.isEmpty
    }
}
