using System.IO.Hashing;
using ActorPhysics.Core;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Wire.Journal;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// Reads the records that the replicas hand to their disks. Replicas write equal records in equal bytes, so one reading serves them all.
/// </summary>
internal sealed class RecordDecoder
{
    private const int MostKept = 4096;
    private readonly Dictionary<(int Length, ulong Hash), HistoryEvent> _known = [];

    public HistoryEvent Decode(ReadOnlyMemory<byte> payload)
    {
        var key = (payload.Length, XxHash3.HashToUInt64(payload.Span));
        if (_known.TryGetValue(key, out HistoryEvent? known))
        {
            return known;
        }

        if (!HistoryEventCodec.TryDecode(payload, out HistoryEvent? record, out string? refusal))
        {
            throw new InvariantViolationException("JournalOrder", $"a replica wrote a record that cannot be read back: {refusal}");
        }

        if (_known.Count == MostKept)
        {
            _known.Clear();
        }

        _known.Add(key, record);
        return record;
    }
}
