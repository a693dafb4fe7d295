using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Protobuf;

namespace ActorPhysics.Wire.Commands;

/// <summary>Reads the commands of an entry's payload in order; nothing is copied. After the last one, <see cref="Refusal"/> tells an end from a fault.</summary>
public ref struct CommandBatchReader(ReadOnlySpan<byte> batch)
{
    private ProtoReader _fields = new(batch);
    private uint _next;

    /// <summary>The ordinal of the command that was read last.</summary>
    public EntryOrdinal Ordinal { readonly get; private set; }

    /// <summary>The bytes of the command that was read last, as its client encoded them.</summary>
    public ReadOnlySpan<byte> Encoded { readonly get; private set; }

    /// <summary>Why reading stopped before the end, or null.</summary>
    public string? Refusal { readonly get; private set; }

    /// <summary>Counts the commands of a well-formed batch; false with the reason when it is not one.</summary>
    public static bool TryCount(ReadOnlySpan<byte> batch, out int count, [NotNullWhen(false)] out string? refusal)
    {
        var reader = new CommandBatchReader(batch);
        count = 0;
        while (reader.TryRead(out _))
        {
            count++;
        }

        refusal = reader.Refusal;
        return refusal is null;
    }

    /// <summary>Reads the next command; false at the end and when <see cref="Refusal"/> is set.</summary>
    public bool TryRead(out CommandView command)
    {
        command = default;
        if (Refusal is null && _fields.Next(out int field))
        {
            if (field != CommandBatchWriter.CommandField)
            {
                // A batch says nothing but its commands: what is unknown here would be a command that this build cannot see.
                Refusal = $"Field {field} of the command batch is unknown.";
                return false;
            }

            Encoded = _fields.Bytes();
            string? refusal = null;
            if (!_fields.Failed && CommandView.TryRead(Encoded, out command, out refusal))
            {
                Ordinal = new EntryOrdinal(_next++);
                return true;
            }

            Refusal = refusal is null ? null : $"Command {_next}: {refusal}";
        }

        Refusal ??= _fields.Failed ? $"The command batch is malformed at command {_next}." : null;
        return false;
    }
}
