using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Client.Connections;

/// <summary>One node's address and the connection to it, when there is one. Guarded by the gate.</summary>
internal sealed class NodeLink(ClientCore core, NodeAddress address, bool isConfigured)
{
    private Task<NodeConnection>? _connecting;

    public NodeAddress Address { get; } = address;

    /// <summary>Whether the user named it; addresses learnt from hints are forgotten when they lead nowhere.</summary>
    public bool IsConfigured { get; } = isConfigured;

    /// <summary>Null while the node is not connected.</summary>
    public NodeConnection? Connection { get; private set; }

    /// <summary>Connects, or joins the attempt that is under way, so that many who need a node dial it once.</summary>
    /// <exception cref="DialException">The node cannot be used; the message says why.</exception>
    public Task<NodeConnection> ConnectAsync()
    {
        lock (core.Gate)
        {
            if (Connection is { } connected)
            {
                return Task.FromResult(connected);
            }

            return _connecting ??= DialAsync();
        }
    }

    /// <summary>Forgets the connection; another one may be made.</summary>
    public void Lost(NodeConnection connection)
    {
        if (Connection == connection)
        {
            Connection = null;
        }
    }

    private async Task<NodeConnection> DialAsync()
    {
        // The caller holds the gate: nothing of the dialling may run inside it.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            DialledNode dialled = await Dialer.DialAsync(core.Options, Address, core.OurHello(), core.Closing).ConfigureAwait(false);
            return Adopt(dialled);
        }
        finally
        {
            lock (core.Gate)
            {
                _connecting = null;
            }
        }
    }

    private NodeConnection Adopt(DialledNode dialled)
    {
        NodeConnection connection;
        lock (core.Gate)
        {
            if (core.Closing.IsCancellationRequested || !core.AcceptsCluster(dialled.Peer.Cluster))
            {
                dialled.Dispose();
                throw new DialException($"{Address}: belongs to cluster {dialled.Peer.Cluster}, this client to {core.Cluster}.");
            }

            connection = new NodeConnection(core, this, dialled);
            Connection = connection;
        }

        connection.Start();
        return connection;
    }
}

/// <summary>A node could not be connected; the message names it and says why.</summary>
internal sealed class DialException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A connection on which both sides have said hello.</summary>
internal sealed class DialledNode(Stream stream, Wire.Frames.FrameReader reader, Hello peer, int maxBodyBytes) : IDisposable
{
    public Stream Stream { get; } = stream;

    /// <summary>May hold bytes that came right behind the hello.</summary>
    public Wire.Frames.FrameReader Reader { get; } = reader;
    public Hello Peer { get; } = peer;

    /// <summary>The longest body that the node accepts.</summary>
    public int MaxBodyBytes { get; } = maxBodyBytes;

    public void Dispose()
    {
        Stream.Dispose();
        Reader.Dispose();
    }
}
