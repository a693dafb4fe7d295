using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Wire.Certificates;
using Google.Protobuf;
using Google.Protobuf.Collections;

namespace ActorPhysics.Wire.Line;

/// <summary>Log entries and snapshot descriptions between their types and line.proto.</summary>
internal static class EntryMapping
{
    public static Protos.LogEntry ToMessage(LogEntry entry) => entry switch
    {
        CommandEntry commands => new Protos.LogEntry
        {
            Position = EvidenceMapping.ToMessage(entry.Position),
            Commands = new Protos.LogEntry.Types.Commands
            {
                Batch = UnsafeByteOperations.UnsafeWrap(commands.Commands),
                Count = (uint)commands.CommandCount,
                TimeUnixMs = commands.Time.UnixMilliseconds,
            },
        },
        BarrierEntry barrier => new Protos.LogEntry
        {
            Position = EvidenceMapping.ToMessage(entry.Position),
            Barrier = new Protos.LogEntry.Types.Barrier { Authority = EvidenceMapping.ToMessage(barrier.Authority) },
        },
        ConfigurationEntry configured => new Protos.LogEntry
        {
            Position = EvidenceMapping.ToMessage(entry.Position),
            Configuration = ConfigurationMapping.ToMessage(configured.Configuration),
        },
        _ => throw new ArgumentException($"no encoding for {entry.GetType().Name}", nameof(entry)),
    };

    public static LogEntry? FromMessage(Protos.LogEntry message) => message.KindCase switch
    {
        Protos.LogEntry.KindOneofCase.Commands when message.Commands.Count <= int.MaxValue => new CommandEntry(
            EvidenceMapping.FromMessage(message.Position),
            message.Commands.Batch.Memory,
            (int)message.Commands.Count,
            new LogTime(message.Commands.TimeUnixMs)),
        Protos.LogEntry.KindOneofCase.Barrier when EvidenceMapping.FromMessage(message.Barrier.Authority) is { } authority =>
            new BarrierEntry(EvidenceMapping.FromMessage(message.Position), authority),
        Protos.LogEntry.KindOneofCase.Configuration when ConfigurationMapping.TryFromMessage(message.Configuration, out GroupConfiguration? configuration, out _) =>
            new ConfigurationEntry(EvidenceMapping.FromMessage(message.Position), configuration),
        _ => null,
    };

    public static void AddTo(RepeatedField<Protos.LogEntry> field, IReadOnlyList<LogEntry> entries)
    {
        for (int i = 0; i < entries.Count; i++)
        {
            field.Add(ToMessage(entries[i]));
        }
    }

    public static bool TryFromMessages(RepeatedField<Protos.LogEntry> field, [NotNullWhen(true)] out IReadOnlyList<LogEntry>? entries)
    {
        var decoded = new LogEntry[field.Count];
        for (int i = 0; i < decoded.Length; i++)
        {
            if (FromMessage(field[i]) is not { } entry)
            {
                entries = null;
                return false;
            }

            decoded[i] = entry;
        }

        entries = decoded;
        return true;
    }

    public static Protos.SnapshotDescription ToMessage(SnapshotDescription snapshot) => new()
    {
        Header = EvidenceMapping.ToMessage(snapshot.Header),
        Configuration = ConfigurationMapping.ToMessage(snapshot.Configuration),
    };

    public static SnapshotDescription? FromMessage(Protos.SnapshotDescription? message) =>
        message is not null
        && EvidenceMapping.TryFromMessage(message.Header, out Core.Boundaries.StateSnapshotHeader? header)
        && ConfigurationMapping.TryFromMessage(message.Configuration, out GroupConfiguration? configuration, out _)
        && header.Group == configuration.Group && header.Incarnation == configuration.Incarnation && header.ConfigEpoch == configuration.Epoch
            ? new SnapshotDescription(header, configuration)
            : null;
}
