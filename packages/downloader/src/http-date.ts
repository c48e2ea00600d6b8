const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const IMF_FIXDATE = /^[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/;
const RFC_850 = /^[A-Z][a-z]{5,8}, (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d):(\d\d):(\d\d) GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/;

/**
 * The time of a date as HTTP has it, in any of its three forms, in milliseconds since 1970; null if it is none. The day's name
 * is not looked at. Source: RFC 9110 section 5.6.7.
 *
 * @param now for a year of two digits, which is never more than 50 years ahead
 */
export function parseHttpDate(text: string | null | undefined, now: number = Date.now()): number | null {
  if (text === null || text === undefined) return null;
  const fixdate = IMF_FIXDATE.exec(text);
  if (fixdate !== null) {
    return timeOf(Number(fixdate[3]), fixdate[2], fixdate[1], fixdate[4], fixdate[5], fixdate[6]);
  }
  const old = RFC_850.exec(text);
  if (old !== null) {
    const [, day, month, year, hour, minute, second] = old;
    const thisYear = new Date(now).getUTCFullYear();
    const full = thisYear - (thisYear % 100) + Number(year);
    return timeOf(full > thisYear + 50 ? full - 100 : full, month, day, hour, minute, second);
  }
  const asctime = ASCTIME.exec(text);
  if (asctime === null) return null;
  const [, month, day, hour, minute, second, year] = asctime;
  return timeOf(Number(year), month, day, hour, minute, second);
}

function timeOf(
  year: number,
  month: string | undefined,
  day: string | undefined,
  hour: string | undefined,
  minute: string | undefined,
  second: string | undefined,
): number | null {
  const monthNumber = MONTHS.indexOf(month ?? "");
  // 60: a leap second.
  if (monthNumber < 0 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, monthNumber, Number(day));
  if (date.getUTCMonth() !== monthNumber) return null; // A 31st of April, for instance.
  return date.setUTCHours(Number(hour), Number(minute), Number(second));
}
