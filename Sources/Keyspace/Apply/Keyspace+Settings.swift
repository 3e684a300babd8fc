// What all members share: settings, and the wall clock.

extension Keyspace {
    mutating func changeSettings(_ change: SettingsChange) -> Outcome {
        guard change.occasion == .always || !settings.areSet else { return .settings(settings) }
        for item in change.items { settings[item.name] = item.value }
        settings.areSet = true
        return .settings(settings)
    }

    mutating func setWallClock(offsetMilliseconds: Int64) -> Outcome {
        wallClockOffsetMilliseconds = offsetMilliseconds
        return .wallClockSet
    }
}

extension Store {
    /// Makes the first change get revision 1 and not 2, as before a store began at revision 1: for
    /// a log whose first command has the first format, so that its replay comes to the revisions
    /// that were told then.
    mutating func countAsBefore() {
        guard revision == .initial, log.isNew, compactRevision == .zero, open == nil else { return }
        revision = .zero
        log = EventLog(end: EventID(revision: .zero, sub: 0))
        firstEvent = EventID(revision: .zero, sub: 0)
        firstPosition = log.start
    }
}
