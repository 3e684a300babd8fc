internal import Wire

extension TopFigures {
    /// One look as an object; times in seconds, rates a second, latencies in nanoseconds.
    package var json: [UInt8] {
        var json = JSONWriter()
        var time: [UInt8] = []
        time.append(unixMilliseconds: sample.time.unixMilliseconds)
        json.beginObject()
        json.member("time", string: time)
        json.name("interval")
        json.seconds(milliseconds: nanoseconds / 1_000_000)
        json.member("leader", optional: sample.look.leader?.name)
        json.name("rates")
        json.beginObject()
        json.member("writes", number: rates.writes)
        json.member("reads", number: rates.reads)
        json.member("changes", number: rates.changes)
        json.member("told", number: rates.tellings)
        json.member("requests", number: rates.requests)
        json.endObject()
        json.name("members")
        json.beginArray()
        for row in members { Self.write(row, to: &json) }
        json.endArray()
        json.name("stages")
        json.beginArray()
        for stage in stages { Self.write(stage, to: &json) }
        json.endArray()
        json.member("revision", optional: shared("revision"))
        json.member("keys", optional: shared("keys"))
        json.member("leases", optional: shared("leases"))
        json.member("holders", optional: shared("holders"))
        json.member("waiters", optional: shared("waiters"))
        json.member("watches", number: total("roost_watches"))
        json.member("connections", number: total("roost_connections"))
        json.name("locks")
        json.value(.array(sample.locks))
        json.name("elections")
        json.value(.array(sample.elections))
        json.endObject()
        return json.output
    }

    private static func write(_ row: MemberFigures, to json: inout JSONWriter) {
        let answer = row.member.answer
        json.beginObject()
        json.member("name", string: Array(row.member.name.utf8))
        json.member("answers", bool: answer != nil)
        json.member("error", optional: answer == nil ? row.member.silence : nil)
        json.member("role", optional: answer?.role)
        json.member("term", optional: answer?.term)
        json.member("lag_entries", optional: row.lagEntryCount)
        json.name("lag")
        if let lag = row.lagMilliseconds { json.seconds(milliseconds: lag) } else { json.null() }
        json.member("requests", optional: row.requests)
        json.member("processor_thousandths", optional: row.processorShare)
        json.member("resident_bytes", optional: answer?.status["resident_bytes"]?.whole)
        json.member("data_bytes", optional: answer?.status["data_bytes"]?.whole)
        json.member("watches", optional: answer?.status["watches"]?.whole)
        json.member("sync_p50_nanoseconds", optional: row.syncs?.quantile(percent: 50))
        json.member("sync_p99_nanoseconds", optional: row.syncs?.quantile(percent: 99))
        json.strings("unready", of: answer?.unreadyReasons ?? [])
        json.endObject()
    }

    private static func write(_ stage: Stage, to json: inout JSONWriter) {
        json.beginObject()
        json.member("stage", string: Array(stage.name.utf8))
        json.member("count", number: stage.reading.count)
        json.member("mean_nanoseconds", optional: stage.reading.meanNanoseconds)
        json.member("p50_nanoseconds", optional: stage.reading.quantile(percent: 50))
        json.member("p99_nanoseconds", optional: stage.reading.quantile(percent: 99))
        json.endObject()
    }
}
