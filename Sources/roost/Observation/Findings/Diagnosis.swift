internal import Wire

/// What is wrong with a cluster, as far as one look from one machine shows it.
package struct Diagnosis: Sendable {
    package let checkups: [Checkup]

    /// - Parameter probe: what syncs of this machine's own disk took, and where; nil where none were
    ///   made.
    package init(_ look: ClusterLook, probe: DiskProbe.Figures? = nil) {
        let checkups = [
            look.checkupOfMembers, look.checkupOfLeader, look.checkupOfVoters,
            look.checkupOfAddresses, look.checkupOfClocks, look.checkupOfDisks,
            probe.map(\.checkup), look.checkupOfRoundTrips, look.checkupOfLag,
            look.checkupOfVersions, look.checkupOfLimits, look.checkupOfCertificates,
            look.checkupOfBackups,
        ]
        self.checkups = checkups.compactMap(\.self)
    }

    package var findings: [Ailment] { checkups.flatMap(\.findings) }

    /// What was looked at, then each finding with what to do.
    func text(for console: Console) -> String {
        var table = Table(titles: ["CHECK", "STATE", "MEASURED"])
        for checkup in checkups {
            let state = checkup.findings.isEmpty ? "ok" : "\(checkup.findings.count) found"
            table.append([checkup.subject.rawValue, state, checkup.measured])
        }
        let found = checkups.flatMap { checkup in
            checkup.findings.map { finding in
                let what = TerminalText.prose("\(checkup.subject.rawValue): \(finding.what)")
                return "\n" + console.emphasised(what, emphasis: .bad)
                    + "\n  -> \(TerminalText.prose(finding.advice))\n"
            }
        }
        return table.text(for: console) + found.joined()
    }

    /// `{"checks":[{"check","measured","findings":[{"what","advice"}]}],"findings":N}`
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("checks")
        writer.beginArray()
        for checkup in checkups {
            writer.beginObject()
            writer.member("check", string: Array(checkup.subject.rawValue.utf8))
            writer.member("measured", string: Array(checkup.measured.utf8))
            writer.name("findings")
            writer.beginArray()
            for finding in checkup.findings {
                writer.beginObject()
                writer.member("what", string: Array(finding.what.utf8))
                writer.member("advice", string: Array(finding.advice.utf8))
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.member("findings", number: UInt64(findings.count))
        writer.endObject()
        return writer.output
    }
}
