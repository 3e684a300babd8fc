package import Wire

/// A part of the way of a write, as `roost_write_stage_seconds` measures it (Docs/operations.md, The
/// stages of a write).
package enum WriteStage: String, CaseIterable, Hashable, Sendable {
    case queue
    case append
    case fdatasync
    case replicate
    case commit
    case apply
    case respond

    /// What came of it since an earlier page of the same member; nil where the page does not tell.
    ///
    /// - Parameter earlier: nil for all since the member began.
    package func reading(
        in page: MetricsReading,
        since earlier: MetricsReading?
    ) -> HistogramReading? {
        let name = "roost_write_stage_seconds"
        let label = (name: "stage" as StaticString, value: Array(rawValue.utf8))
        guard let now = page.histogram(name, label: label) else { return nil }
        guard let before = earlier?.histogram(name, label: label) else { return now }
        return now.since(before)
    }
}
