using System.Globalization;
using System.Text;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Hosting.Tests.Journal;

/// <summary>One replica's use of a journal, as short as tests want it.</summary>
internal sealed class StreamUser
{
    private readonly IJournal _journal;
    private readonly List<int> _recordsByTicket = [];

    public StreamUser(IJournal journal, JournalStreamId stream)
    {
        _journal = journal;
        Stream = stream;
        Found = journal.Replay(stream);
        Next = Found.Next;
    }

    public static JournalStreamId Id(ulong group) => new(new GroupId(group), new ReplicaId(1));

    public JournalStreamId Stream { get; }
    public JournalReplay Found { get; }
    public JournalSequence Next { get; set; }
    public Outcomes Outcomes { get; } = new();

    /// <summary>How many of the appended records were acknowledged by now.</summary>
    public ulong AcknowledgedRecords =>
        (ulong)Outcomes.Heard.Where(heard => heard.Fault is null).Sum(heard => _recordsByTicket[(int)heard.Ticket.Value - 1]);

    /// <summary>Appends texts as one append; a text that begins with "!" is guarded.</summary>
    public void Append(params string[] texts)
    {
        JournalRecord[] records = [.. texts.Select(text => new JournalRecord(Encoding.UTF8.GetBytes(text), text.StartsWith('!')))];
        _journal.Append(Stream, Next, records, new PersistTicket((ulong)_recordsByTicket.Count + 1), Outcomes);
        Next = Next.Plus((ulong)records.Length);
        _recordsByTicket.Add(records.Length);
    }

    /// <summary>Appends and waits: null when it is durable.</summary>
    public JournalFault? AppendAndWait(params string[] texts)
    {
        Append(texts);
        return Outcomes.WaitFor(_recordsByTicket.Count);
    }

    /// <summary>As <see cref="AppendAndWait"/>, and it must succeed.</summary>
    public void Persist(params string[] texts) => Assert.Null(AppendAndWait(texts));

    public void DeleteThrough(ulong sequence) => _journal.DeleteThrough(Stream, new JournalSequence(sequence));

    /// <summary>A barrier: returns when everything before it was dealt with.</summary>
    public JournalFault? Barrier() => AppendAndWait();

    public static string[] Texts(JournalReplay replay) => [.. replay.Records.Select(record => Encoding.UTF8.GetString(record.Payload.Span))];

    public static string? GuardedText(JournalReplay replay) =>
        replay.Guarded is LatestGuarded.Known known ? Encoding.UTF8.GetString(known.Payload.Span) : null;

    /// <summary>A text of exactly so many bytes.</summary>
    public static string Long(int bytes, int seed) =>
        seed.ToString(CultureInfo.InvariantCulture).PadLeft(8, 'x') + new string((char)('a' + (seed % 26)), bytes - 8);
}
