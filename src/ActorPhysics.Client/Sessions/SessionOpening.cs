using System.Security.Cryptography;
using ActorPhysics.Client.Requests;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Sessions;

/// <summary>
/// Opens a session. The nonce is the same however often the command is sent, so a repetition finds the session that the first one opened.
/// </summary>
internal sealed class SessionOpening(ClientCore core, ClientSession session)
{
    private readonly SessionNonce _nonce = DrawNonce();

    /// <summary>Runs until the session is open, nobody waits for it any more, or the group refuses. Reports to the session and to those who wait.</summary>
    public async Task RunAsync()
    {
        // The caller holds the gate.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            try
            {
                SessionOpened opened = await AskAsync().ConfigureAwait(false);
                lock (core.Gate)
                {
                    session.Opened(opened);
                    session.LastUsed = core.Now;
                    core.Admit(session);
                }

                return;
            }
            catch (RequestException trouble) when (trouble is RequestTimedOutException or OutcomeUnknownException or OverloadedException)
            {
                if (NobodyWaits())
                {
                    return;
                }
            }
            catch (Exception refusal) when (refusal is RequestException or ObjectDisposedException)
            {
                Refuse(refusal);
                return;
            }
        }
    }

    private async Task<SessionOpened> AskAsync()
    {
        PendingRequest request = core.Rent();
        request.Kind = RequestKind.Command;
        request.CommandKind = CommandKind.OpenSession;
        request.Nonce = _nonce;
        request.Group = session.Group;
        request.Deadline = core.Now + core.Options.RequestTimeout;
        Reply<ReadOnlyMemory<byte>> reply = await core.Submit(request, CancellationToken.None, isInternal: true).ConfigureAwait(false);
        return SessionOpened.TryRead(reply.Result.Span, out SessionOpened opened)
            ? opened
            : throw new RequestRefusedException(ResponseOutcome.BadRequest, "The node's answer to opening a session makes no sense.");
    }

    private bool NobodyWaits()
    {
        lock (core.Gate)
        {
            if (session.Waiting.Count > 0)
            {
                return false;
            }

            session.OpeningFailed();
            return true;
        }
    }

    private void Refuse(Exception refusal)
    {
        var completed = new List<PendingRequest>();
        lock (core.Gate)
        {
            session.OpeningFailed();
            bool isGone = refusal is RequestRefusedException { Outcome: ResponseOutcome.NoSuchGroup };
            while (session.Waiting.Take() is { } waiting)
            {
                if (isGone && waiting.Space is not null)
                {
                    core.Spaces.GroupGone(waiting);
                    continue;
                }

                core.Remove(waiting);
                waiting.Fail(refusal);
                completed.Add(waiting);
            }
        }

        ClientCore.Complete(completed);
    }

    private static SessionNonce DrawNonce()
    {
        ulong drawn;
        do
        {
            drawn = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        }
        while (drawn == 0);

        return new SessionNonce(drawn);
    }
}

/// <summary>Commands about a session that nobody waits for: a keep-alive, or the end.</summary>
internal sealed class SessionHousekeeping(ClientCore core, ClientSession session)
{
    /// <summary>Sends the command and learns from the answer; what goes wrong otherwise is of no consequence to anybody.</summary>
    public async Task SendAsync(CommandKind kind, TimeSpan patience)
    {
        // The caller may hold the gate.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        PendingRequest request = core.Rent();
        request.Kind = RequestKind.Command;
        request.CommandKind = kind;
        request.Session = session;
        request.Group = session.Group;
        request.Deadline = core.Now + patience;
        try
        {
            await core.Submit(request, CancellationToken.None, isInternal: true).ConfigureAwait(false);
        }
        catch (Exception missed) when (missed is RequestException or ObjectDisposedException)
        {
            // The session lives on and expires by itself, or the answer has told its expiry to the core already.
            _ = missed;
        }
    }
}
