using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Cli.Tests;

/// <summary>
/// What writers were told, and the audit of it against what is stored. Unique keys are put: the version that is stored must be the one that
/// the acknowledgement named (a write that was lost has none, one that was applied twice has a later one). Counters are counted up by
/// compare-and-set, each by one writer (a second application is answered with a mismatch).
/// </summary>
internal sealed class WriteNotes
{
    private const string PutPrefix = "put/";

    private readonly ConcurrentDictionary<string, ValueVersion> _acknowledged = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _unknown = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (int Count, bool IsSure)> _counters = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _complaints = new();

    public int Unknown => _unknown.Count;

    public static string KeyOf(int writer, int number) => string.Create(CultureInfo.InvariantCulture, $"{PutPrefix}{writer}/{number:D8}");

    public static byte[] Bytes(int number) => Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    public void Acknowledged(string key, ValueVersion version) => _acknowledged[key] = version;

    public void OutcomeUnknown(string key) => _unknown[key] = true;

    /// <param name="isSure">Whether it was acknowledged; otherwise the next count may be stored as well.</param>
    public void Counted(string counter, int count, bool isSure) => _counters[counter] = (count, isSure);

    public void Complain(string complaint) => _complaints.Enqueue(complaint);

    /// <summary>Everything that cannot be if each acknowledged write took effect once, and each other at most once.</summary>
    public IReadOnlyList<string> Audit(IReadOnlyDictionary<string, KvItem> stored) =>
    [
        .. _complaints,
        .. _acknowledged.Select(note => ComplaintAbout(note.Key, note.Value, stored)).OfType<string>(),
        .. stored.Keys.Where(IsInvented).Select(key => $"{key}: stored, but neither acknowledged nor of unknown outcome"),
        .. _counters.Select(note => ComplaintAbout(note.Key, note.Value.Count, note.Value.IsSure, stored)).OfType<string>(),
    ];

    private static string? ComplaintAbout(string key, ValueVersion version, IReadOnlyDictionary<string, KvItem> stored) =>
        !stored.TryGetValue(key, out KvItem? item) ? $"{key}: acknowledged at {version}, lost"
        : item.Version != version ? $"{key}: acknowledged at {version}, stored at {item.Version}: applied twice"
        : null;

    private static string? ComplaintAbout(string counter, int count, bool isSure, IReadOnlyDictionary<string, KvItem> stored)
    {
        int found = stored.TryGetValue(counter, out KvItem? item) ? int.Parse(Encoding.UTF8.GetString(item.Value.Span), CultureInfo.InvariantCulture) : 0;
        bool fits = found == count || (!isSure && found == count + 1);
        return fits ? null : $"{counter}: is {found}, its writer counted to {count}{(isSure ? "" : " or one more")}";
    }

    private bool IsInvented(string key) =>
        key.StartsWith(PutPrefix, StringComparison.Ordinal) && !_acknowledged.ContainsKey(key) && !_unknown.ContainsKey(key);
}
