import RoostClient

/// One piece of work under a lock: the code of "A lock in five minutes".
enum NightlyReport {
    static func run(endpoints: String) async {
        do {
            let client = try RoostClient(endpoints: endpoints)
            try await report(client)
        } catch {
            print("cannot ask the service: \(error)")
        }
    }

    private static func report(_ client: RoostClient) async throws(RoostError) {
        do {
            var options = HoldOptions()
            options.timeToLive = .seconds(5)
            options.info = "nightly report"
            try await client.withLock("nightly", options: options) { fence throws(RoostError) in
                try await writeReport(client, fence: fence)
            }
        } catch {
            switch error {
            case .service(let why): print("not got: \(why)")
            case .body(let failure): print("the work failed: \(failure)")
            case .lost: print("lost before the work was done; somebody else does it")
            }
        }
    }

    private static func writeReport(
        _ client: RoostClient,
        fence: RoostFence
    ) async throws(RoostError) {
        try await client.put("/reports/nightly", text: "done", options: .fenced(by: fence))
    }
}
