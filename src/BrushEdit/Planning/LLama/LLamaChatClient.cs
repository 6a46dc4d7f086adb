using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.AI;

namespace BrushEdit.Planning;

/// <summary>
/// A vision-language model in this process, as a chat client: a GGUF model with its multimodal projector, through LLamaSharp. Loaded at the first
/// question; one question at a time, on a separate thread; a JSON schema becomes a grammar that constrains sampling. Disposing it during an answer
/// cancels the answer and then frees the model.
/// </summary>
/// <param name="model">The model's GGUF file.</param>
/// <param name="projector">The projector's GGUF file.</param>
/// <param name="gpuLayers">Layers on the GPU; null for all, if the backend has one.</param>
public sealed class LLamaChatClient(string model, string projector, int? gpuLayers = null) : IChatClient
{
    // One thread for all models of the process: the C library keeps memory for each thread that allocated some.
    private static readonly Lazy<SingleThread> Worker = new(() => new SingleThread("BrushEdit language model"));

    private readonly CancellationTokenSource closing = new();
    private LLamaModel? loaded;
    private volatile bool disposed;
    private volatile bool answering;

    /// <inheritdoc />
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        StringBuilder text = new();
        ChatFinishReason? end = null;
        await foreach (ChatResponseUpdate update in GetStreamingResponseAsync(messages, options, cancellationToken).ConfigureAwait(false))
        {
            text.Append(update.Text);
            end = update.FinishReason ?? end;
        }

        return new ChatResponse(new ChatMessage(ChatRole.Assistant, text.ToString())) { FinishReason = end };
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ObjectDisposedException.ThrowIf(disposed, this);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
        CancellationToken token = stop.Token;
        Channel<ChatResponseUpdate> pieces = Channel.CreateUnbounded<ChatResponseUpdate>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        Task work = Worker.Value.Start(() => Answer(messages, options, pieces.Writer, token), token);

        // Also reached by work that was cancelled before it started.
        Task ending = work.ContinueWith(
            done => pieces.Writer.TryComplete(done.IsCanceled ? new OperationCanceledException(token) : done.Exception?.InnerException), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            await foreach (ChatResponseUpdate piece in pieces.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                yield return piece;
            }
        }
        finally
        {
            // Also reached if a reader stops early.
            await stop.CancelAsync().ConfigureAwait(false);
            await ending.ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>Releases the model: at once, or after the answer in progress has been cancelled.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        closing.Cancel();
        Task freeing = Worker.Value.Start(
            () =>
            {
                loaded?.Dispose();
                loaded = null;
                closing.Dispose();
                return true;
            },
            CancellationToken.None);
        if (!answering)
        {
            freeing.Wait();
        }
    }

    private bool Answer(IEnumerable<ChatMessage> messages, ChatOptions? options, ChannelWriter<ChatResponseUpdate> pieces, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        answering = true;
        try
        {
            loaded ??= LLamaModel.Load(model, projector, gpuLayers, cancellation);
            ChatFinishReason end = loaded.Answer(messages, options, piece => pieces.TryWrite(new ChatResponseUpdate(ChatRole.Assistant, piece)), cancellation);
            return pieces.TryWrite(new ChatResponseUpdate { Role = ChatRole.Assistant, FinishReason = end });
        }
        finally
        {
            answering = false;
        }
    }
}
