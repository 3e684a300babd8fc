internal import Glibc

/// Times of day where this process is, as the TZ variable or the system says.
package enum LocalTime {
    /// Seconds since 1970-01-01T00:00:00Z at a time of the local clocks; nil where there is none. A
    /// time that the clocks skip in spring, or show twice in autumn, is one that the system chooses.
    ///
    /// - Parameters:
    ///   - month: from 1.
    ///   - day: from 1.
    package static func unixSeconds(
        year: Int32,
        month: Int32,
        day: Int32,
        hour: Int32,
        minute: Int32,
        second: Int32
    ) -> Int64? {
        var time = unsafe tm()
        unsafe time.tm_year = year - 1900
        unsafe time.tm_mon = month - 1
        unsafe time.tm_mday = day
        unsafe time.tm_hour = hour
        unsafe time.tm_min = minute
        unsafe time.tm_sec = second
        unsafe time.tm_isdst = -1
        let seconds = unsafe mktime(&time)
        return seconds == -1 ? nil : Int64(seconds)
    }
}
