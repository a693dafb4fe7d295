using ActorPhysics.Protocol.ControlPlane;

namespace ActorPhysics.Client.Control;

/// <summary>
/// The time and the listener of one change, and its two halves: to have it decided, and to wait until it is carried out. The time bounds the waiting; a
/// single question has the client's own patience.
/// </summary>
internal sealed class ControlRun(ActorPhysicsClient client, TimeSpan timeout, IProgress<string>? progress, CancellationToken cancellation)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private readonly long _began = client.Options.Clock.GetTimestamp();
    private string _said = "";

    public CancellationToken Cancellation => cancellation;

    public bool IsOver => client.Options.Clock.GetElapsedTime(_began) >= timeout;

    public void Report(string text)
    {
        if (text != _said)
        {
            _said = text;
            progress?.Report(text);
        }
    }

    public Task PauseAsync() => Task.Delay(LookAgain, client.Options.Clock, cancellation);

    /// <summary>A linearizable answer of the config group.</summary>
    public Task<TAnswer> AskAsync<TAnswer>(ConfigQuery query)
        where TAnswer : ConfigAnswer => client.AskAsync<TAnswer>(query, client.Options.RequestTimeout, cancellation);

    /// <summary>Has the config group decide; while something else is under way that must end first, it is asked again.</summary>
    public async Task<(ConfigResult? Decided, ControlResult? End)> DecideAsync(ConfigCommand command)
    {
        while (true)
        {
            ConfigResult result;
            try
            {
                result = await client.DecideAsync(command, client.Options.RequestTimeout, cancellation).ConfigureAwait(false);
            }
            catch (RequestException failure) when (failure.MayHaveTakenEffect)
            {
                return (null, new ControlResult(ControlOutcome.Unknown, $"nobody said in time whether it was decided; look before you try again. {failure.Message}"));
            }

            switch (result.Outcome)
            {
                case ConfigOutcome.Done:
                    return (result, null);
                case ConfigOutcome.Unchanged:
                    return (null, new ControlResult(ControlOutcome.Unchanged, "it is like that already"));
                case ConfigOutcome.Busy when !IsOver:
                    Report($"waits: {result.Detail}");
                    await PauseAsync().ConfigureAwait(false);
                    break;
                case ConfigOutcome.Busy:
                    return (null, new ControlResult(ControlOutcome.Conflict, $"nothing was changed: {result.Detail}"));
                default:
                    return (null, new ControlResult(ControlOutcome.Refused, result.Detail));
            }
        }
    }

    /// <summary>Looks until there is an end, or the time is over. While the config group has no leader nobody answers; the change goes on when it has.</summary>
    public async Task<ControlResult> UntilAsync(Func<Task<ControlResult?>> look)
    {
        string last = "";
        do
        {
            try
            {
                if (await look().ConfigureAwait(false) is { } end)
                {
                    return end;
                }
            }
            catch (RequestException trouble)
            {
                last = trouble.Message;
            }

            await PauseAsync().ConfigureAwait(false);
        }
        while (!IsOver);
        return new ControlResult(ControlOutcome.UnderWay, $"decided, and not over in time; it goes on by itself. {(last.Length > 0 ? last : _said)}".TrimEnd());
    }
}
