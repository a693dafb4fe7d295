using ActorPhysics.Wire.Protobuf;

namespace ActorPhysics.Wire.Requests;

/// <summary>Visits the requests of a frame's body. Look at <see cref="Failed"/> once <see cref="TryNext"/> has returned false.</summary>
public ref struct ClientRequestBatchReader(ReadOnlySpan<byte> body)
{
    private ProtoReader _fields = new(body);

    /// <summary>Whether the body is malformed: close the connection.</summary>
    public readonly bool Failed => _fields.Failed;

    /// <summary>Takes the next request.</summary>
    public bool TryNext(out ClientRequest request)
    {
        while (_fields.Next(out int field))
        {
            if (field != 1)
            {
                _fields.Skip();
            }
            else if (ClientRequest.TryRead(_fields.Bytes(), out request) && !_fields.Failed)
            {
                return true;
            }
            else
            {
                _fields.Fail();
            }
        }

        request = default;
        return false;
    }
}

/// <summary>
/// Visits the responses of a frame's body and remembers its proofs. One instance serves a connection: <see cref="Start"/> begins the next
/// frame. Look at <see cref="Failed"/> once <see cref="TryNext"/> has returned false.
/// </summary>
public sealed class ClientResponseBatchReader
{
    private readonly List<Proof> _proofs = [];
    private ReadOnlyMemory<byte> _body;
    private int _position;

    /// <summary>Whether the body is malformed: close the connection.</summary>
    public bool Failed { get; private set; }

    /// <summary>Begins a frame; its body must stay untouched until the visit ends.</summary>
    public void Start(ReadOnlyMemory<byte> body)
    {
        _proofs.Clear();
        _body = body;
        _position = 0;
        Failed = false;
    }

    /// <summary>Takes the next response. One that names a proof which has not come yet makes the body malformed.</summary>
    public bool TryNext(out ClientResponse response)
    {
        var fields = new ProtoReader(_body.Span[_position..]);
        int start = _position;
        while (fields.Next(out int field))
        {
            switch (field)
            {
                case 1:
                    int length = fields.Bytes().Length;
                    _proofs.Add(new Proof(start + fields.Position - length, length));
                    break;
                case 2:
                    bool whole = ClientResponse.TryRead(fields.Bytes(), out response) && response.Proof.Value <= (uint)_proofs.Count;
                    if (whole && !fields.Failed)
                    {
                        _position = start + fields.Position;
                        return true;
                    }

                    fields.Fail();
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        Failed |= fields.Failed;
        _position = _body.Length;
        response = default;
        return false;
    }

    /// <summary>
    /// A copy of a proof that outlives the frame, made once however many responses share it; empty for no proof. Valid for references of
    /// responses of the current frame.
    /// </summary>
    public ReadOnlyMemory<byte> CopyOf(ProofReference reference)
    {
        if (reference.IsNone)
        {
            return default;
        }

        Proof proof = _proofs[(int)reference.Value - 1];
        proof.Copy ??= _body.Slice(proof.Start, proof.Length).ToArray();
        return proof.Copy;
    }

    private sealed class Proof(int start, int length)
    {
        public int Start { get; } = start;
        public int Length { get; } = length;
        public byte[]? Copy { get; set; }
    }
}
