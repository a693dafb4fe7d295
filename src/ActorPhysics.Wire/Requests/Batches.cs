using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Protobuf;

namespace ActorPhysics.Wire.Requests;

/// <summary>
/// Collects requests into frames of one connection. A frame stays open until <see cref="Flush"/>, or until it is full enough, so that
/// what is written between two flushes shares a header and a system call.
/// </summary>
public sealed class ClientRequestBatch(FrameWriter frames)
{
    private const int RequestsField = 1;

    /// <summary>Appends a request whose operation is encoded already.</summary>
    /// <exception cref="Buffers.BufferLimitException">The request is longer than a frame may be.</exception>
    public void Add(in ClientRequest request)
    {
        int bytes = ProtoSize.Delimited(RequestsField, ProtoSize.Of<ClientRequest.Encoder, ClientRequest>(request));
        frames.Reserve(FrameKind.ClientRequests, bytes);
        ProtoEncoding.AppendField<ClientRequest.Encoder, ClientRequest>(frames.Output, RequestsField, request);
    }

    /// <summary>Appends a request of a kind that has its own encoder.</summary>
    /// <param name="envelope">The request; its operation is ignored.</param>
    /// <param name="operation">What it asks for.</param>
    public void Add<TEncoder, TOperation>(in ClientRequest envelope, in TOperation operation)
        where TEncoder : IProtoEncoder<TOperation>
        where TOperation : allows ref struct
    {
        int bytes = ProtoSize.Of<TEncoder, TOperation>(operation);
        AddEnvelope(envelope, bytes);
        var writer = new ProtoWriter(frames.Output.GetSpan(Math.Max(bytes, 1)));
        TEncoder.Encode(ref writer, operation);
        frames.Output.Advance(bytes);
    }

    /// <summary>Appends a command; its payload goes from its owner's memory into the frame without a stop.</summary>
    /// <param name="envelope">The request; its operation is ignored.</param>
    /// <param name="command">What it asks for.</param>
    public void Add(in ClientRequest envelope, in CommandView command)
    {
        AddEnvelope(envelope, command.EncodedBytes);
        command.WriteTo(frames.Output);
    }

    /// <summary>Closes the open frame, if any; what was added may be sent from here on.</summary>
    public void Flush() => frames.EndIfOpen();

    // The operation has the highest field number of a request, so it can be appended behind the rest.
    private void AddEnvelope(in ClientRequest envelope, int operationBytes)
    {
        var counter = default(ProtoCounter);
        ClientRequest.Encoder.EncodeEnvelope(ref counter, envelope);
        int requestBytes = counter.Bytes + ProtoSize.Delimited((int)envelope.Kind, operationBytes);
        int bytes = ProtoSize.Delimited(RequestsField, requestBytes);
        frames.Reserve(FrameKind.ClientRequests, bytes);

        var writer = new ProtoWriter(frames.Output.GetSpan(bytes));
        writer.Delimiter(RequestsField, requestBytes);
        ClientRequest.Encoder.EncodeEnvelope(ref writer, envelope);
        writer.Delimiter((int)envelope.Kind, operationBytes);
        frames.Output.Advance(writer.Position);
    }
}

/// <summary>
/// Collects responses into frames of one connection. A proof is written once per frame and shared by the responses that came under it:
/// a batch that commits together is acknowledged together.
/// </summary>
public sealed class ClientResponseBatch(FrameWriter frames)
{
    private const int ProofsField = 1;
    private const int ResponsesField = 2;

    // Room is reserved before the reference is known.
    private static readonly ProofReference LongestReference = new(uint.MaxValue);

    private ReadOnlyMemory<byte> _lastProof;
    private uint _proofs;

    /// <summary>Appends a response.</summary>
    /// <param name="response">Its proof reference is ignored and given here.</param>
    /// <param name="proof">
    /// An encoded proof, or empty. It is recognized as the one written before by being the same memory, not by its content: encode it once.
    /// </param>
    /// <exception cref="Buffers.BufferLimitException">The response is longer than a frame may be.</exception>
    public void Add(in ClientResponse response, ReadOnlyMemory<byte> proof = default)
    {
        ClientResponse numbered = response;
        numbered.Proof = proof.IsEmpty ? default : LongestReference;
        int responseBytes = ProtoSize.Delimited(ResponsesField, ProtoSize.Of<ClientResponse.Encoder, ClientResponse>(numbered));
        int proofBytes = proof.IsEmpty ? 0 : ProtoSize.Delimited(ProofsField, proof.Length);
        if (frames.Reserve(FrameKind.ClientResponses, responseBytes + proofBytes))
        {
            _proofs = 0;
            _lastProof = default;
        }

        numbered.Proof = proof.IsEmpty ? default : Reference(proof);
        ProtoEncoding.AppendField<ClientResponse.Encoder, ClientResponse>(frames.Output, ResponsesField, numbered);
    }

    /// <summary>Closes the open frame, if any; what was added may be sent from here on.</summary>
    public void Flush()
    {
        frames.EndIfOpen();
        _lastProof = default;
    }

    private ProofReference Reference(ReadOnlyMemory<byte> proof)
    {
        if (_proofs == 0 || !proof.Equals(_lastProof))
        {
            int bytes = ProtoSize.Delimited(ProofsField, proof.Length);
            var writer = new ProtoWriter(frames.Output.GetSpan(bytes));
            writer.PresentBytes(ProofsField, proof.Span);
            frames.Output.Advance(bytes);
            _lastProof = proof;
            _proofs++;
        }

        return new ProofReference(_proofs);
    }
}
