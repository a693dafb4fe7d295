using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Protobuf;
using Google.Protobuf;

namespace ActorPhysics.Wire.Journal;

/// <summary>
/// The header of a state snapshot's file: its position and the configuration in force there. Equal inputs give equal bytes, so a received
/// copy has the checksum of the original.
/// </summary>
public static class SnapshotHeaderCodec
{
    public static ReadOnlyMemory<byte> Encode(LogPosition position, GroupConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new Protos.SnapshotFileHeader
        {
            Position = EvidenceMapping.ToMessage(position),
            Configuration = ConfigurationMapping.ToMessage(configuration),
        }.ToByteArray();
    }

    public static ReadOnlyMemory<byte> EncodeConfiguration(GroupConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return ConfigurationMapping.ToMessage(configuration).ToByteArray();
    }

    public static bool TryDecode(
        ReadOnlyMemory<byte> bytes,
        out LogPosition position,
        [NotNullWhen(true)] out GroupConfiguration? configuration,
        [NotNullWhen(false)] out string? refusal)
    {
        position = default;
        configuration = null;
        if (!GeneratedMessages.TryParse(Protos.SnapshotFileHeader.Parser, bytes.Span, out Protos.SnapshotFileHeader? header))
        {
            refusal = "the snapshot's header cannot be read";
            return false;
        }

        position = EvidenceMapping.FromMessage(header.Position);
        return ConfigurationMapping.TryFromMessage(header.Configuration, out configuration, out refusal);
    }
}
