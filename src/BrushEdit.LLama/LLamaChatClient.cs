using System.Runtime.CompilerServices;
using System.Text;
using BrushEdit.Planning;
using LLama;
using LLama.Common;
using LLama.Exceptions;
using LLama.Native;
using LLama.Sampling;
using Microsoft.Extensions.AI;

namespace BrushEdit.LLama;

/// <summary>
/// A vision-language model in this process, as a chat client: a GGUF model with its multimodal projector, through LLamaSharp.
/// Loaded at the first question; one question at a time; a JSON schema becomes a grammar that the sampling cannot leave.
/// </summary>
/// <param name="model">The model's GGUF file.</param>
/// <param name="projector">The projector's GGUF file.</param>
/// <param name="gpuLayers">Layers on the GPU; null for all, where the backend has one.</param>
public sealed class LLamaChatClient(string model, string projector, int? gpuLayers) : IChatClient
{
    private const uint ContextTokens = 8192;
    private const int AllLayers = 999;

    private readonly SemaphoreSlim turn = new(1, 1);
    private LLamaWeights? weights;
    private MtmdWeights? vision;
    private ModelParams? parameters;
    private string marker = "<__media__>";
    private bool disposed;

    /// <inheritdoc />
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        StringBuilder text = new();
        await foreach (ChatResponseUpdate update in GetStreamingResponseAsync(messages, options, cancellationToken).ConfigureAwait(false))
        {
            text.Append(update.Text);
        }

        return new ChatResponse(new ChatMessage(ChatRole.Assistant, text.ToString()));
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ObjectDisposedException.ThrowIf(disposed, this);
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await LoadAsync(cancellationToken).ConfigureAwait(false);
            List<byte[]> pictures = [];
            string prompt = Prompt(messages, pictures);
            string? gbnf = options?.ResponseFormat is ChatResponseFormatJson { Schema: { } schema } ? AnswerGrammar.Of(schema) : null;
            using LLamaContext context = weights!.CreateContext(parameters!);
            InteractiveExecutor executor = new(context, vision!);
            try
            {
                foreach (byte[] picture in pictures)
                {
                    executor.Embeds.Add(vision!.LoadMedia(picture));
                }

                using DefaultSamplingPipeline sampling = new()
                {
                    Temperature = options?.Temperature ?? 0,
                    Seed = 0,
                    Grammar = gbnf is null ? null : new Grammar(gbnf, "root"),
                };
                InferenceParams inference = new() { MaxTokens = options?.MaxOutputTokens ?? 400, SamplingPipeline = sampling };
                AnswerEnd end = new();
                await foreach (string piece in executor.InferAsync(prompt, inference, cancellationToken).ConfigureAwait(false))
                {
                    yield return new ChatResponseUpdate(ChatRole.Assistant, piece);
                    if (end.Reached(piece))
                    {
                        break;
                    }
                }
            }
            finally
            {
                foreach (SafeMtmdEmbed embed in executor.Embeds)
                {
                    embed.Dispose();
                }

                executor.Embeds.Clear();
                vision!.ClearMedia();
            }
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>Releases the model.</summary>
    public void Dispose()
    {
        if (!disposed)
        {
            disposed = true;
            vision?.Dispose();
            weights?.Dispose();
            turn.Dispose();
        }
    }

    private async Task LoadAsync(CancellationToken cancellation)
    {
        if (vision is not null)
        {
            return;
        }

        parameters = new ModelParams(model) { ContextSize = ContextTokens, GpuLayerCount = gpuLayers ?? AllLayers };
        string file = model;
        try
        {
            weights ??= await LLamaWeights.LoadFromFileAsync(parameters, cancellation).ConfigureAwait(false);
            file = projector;
            MtmdContextParams sight = MtmdContextParams.Default();
            sight.UseGpu = gpuLayers is not 0;
            marker = sight.MediaMarker ?? NativeApi.MtmdDefaultMarker() ?? marker;
            vision = await MtmdWeights.LoadFromFileAsync(projector, weights, sight, cancellation).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is RuntimeError or IOException or InvalidOperationException)
        {
            throw new EditException(EditFault.BadModel, $"llama.cpp cannot load '{file}'.", "Give a model and the mmproj file that was published with it; see whether memory suffices.", file, fault);
        }
        catch (Exception fault) when (fault is TypeInitializationException or DllNotFoundException)
        {
            throw new EditException(EditFault.NoDevice, "The libraries of llama.cpp cannot be loaded.", "Build the part again for this platform: ./build.ps1 -With LLama.", file, fault);
        }

        if (!vision.SupportsVision)
        {
            throw new EditException(EditFault.BadModel, $"The projector '{projector}' does not see pictures.", "Give the mmproj file of a vision model such as LLaVA or Qwen2-VL.", projector);
        }
    }

    // The model's own chat template; a picture stands as a marker where it belongs.
    private string Prompt(IEnumerable<ChatMessage> messages, List<byte[]> pictures)
    {
        LLamaTemplate template = new(weights!) { AddAssistant = true };
        foreach (ChatMessage message in messages)
        {
            StringBuilder text = new();
            foreach (AIContent content in message.Contents)
            {
                if (content is DataContent data && data.HasTopLevelMediaType("image"))
                {
                    pictures.Add(data.Data.ToArray());
                    text.Append(marker).Append('\n');
                }
                else if (content is TextContent words)
                {
                    // A marker in the user's words would ask for a picture that is not there.
                    text.Append(words.Text.Replace(marker, "", StringComparison.Ordinal));
                }
            }

            template.Add(message.Role.Value, text.ToString());
        }

        return LLamaTemplate.Encoding.GetString(template.Apply());
    }

}
