using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using BrushEdit.Linking;
using BrushEdit.Loading;
using LLama;
using LLama.Common;
using LLama.Exceptions;
using LLama.Native;
using LLama.Sampling;
using Microsoft.Extensions.AI;

namespace BrushEdit.Planning;

/// <summary>
/// A vision-language model in memory: a GGUF model and its multimodal projector. All members block, and only one thread at a time may use them;
/// between two tokens, and while a prompt is read, they check for cancellation.
/// </summary>
internal sealed partial class LLamaModel : IDisposable
{
    private const uint MostContextTokens = 8192;
    private const int LeastAnswerTokens = 16;
    private const int AllLayers = 999;

    private readonly LLamaWeights weights;
    private readonly MtmdWeights vision;
    private readonly ModelParams parameters;
    private readonly string marker;
    private readonly string path;

    private LLamaModel(LLamaWeights weights, MtmdWeights vision, ModelParams parameters, string marker, string path)
    {
        this.weights = weights;
        this.vision = vision;
        this.parameters = parameters;
        this.marker = marker;
        this.path = path;
    }

    /// <summary>Loads both files.</summary>
    /// <param name="model">The model's GGUF file.</param>
    /// <param name="projector">The projector's GGUF file.</param>
    /// <param name="gpuLayers">Layers on the GPU; null for all, if the backend has one.</param>
    /// <param name="cancellation">Cancels the loading.</param>
    /// <exception cref="EditException">
    /// A file is truncated or of another kind, the two do not fit together, or llama.cpp cannot be loaded.
    /// </exception>
    public static LLamaModel Load(string model, string projector, int? gpuLayers, CancellationToken cancellation)
    {
        Require(model, projector: false);
        Require(projector, projector: true);
        LLamaNatives.Load();
        LLamaNatives.TakeErrors();
        int threads = ComputeThreads.Count;
        ModelParams parameters = new(model) { GpuLayerCount = gpuLayers ?? AllLayers, Threads = threads, BatchThreads = threads };
        LLamaWeights? weights = null;
        MtmdWeights? vision = null;
        string file = model;
        try
        {
            weights = LLamaWeights.LoadFromFileAsync(parameters, cancellation).GetAwaiter().GetResult();
            cancellation.ThrowIfCancellationRequested();
            parameters.ContextSize = Math.Min(MostContextTokens, Math.Max(1, (uint)weights.ContextSize));
            file = projector;
            MtmdContextParams sight = MtmdContextParams.Default();
            sight.UseGpu = gpuLayers is not 0;
            sight.NThreads = threads;
            sight.Warmup = false;
            string marker = sight.MediaMarker ?? NativeApi.MtmdDefaultMarker() ?? throw new RuntimeError("it has no marker for pictures");
            vision = MtmdWeights.LoadFromFile(projector, weights, sight);
            if (!vision.SupportsVision)
            {
                throw new EditException(EditFault.BadModel, $"The projector '{projector}' does not support pictures.", "Give the mmproj file of a vision model such as LLaVA or Qwen2-VL.", projector);
            }

            return new LLamaModel(weights, vision, parameters, marker, model);
        }
        catch (Exception fault)
        {
            vision?.Dispose();
            weights?.Dispose();
            if (fault is RuntimeError or IOException or InvalidOperationException)
            {
                string said = LLamaNatives.TakeErrors();
                throw new EditException(
                    EditFault.BadModel,
                    $"llama.cpp cannot load '{file}'{(said.Length > 0 ? $": {said}" : "")}.",
                    "Give a model and the mmproj file that was published with it; check that there is enough memory.",
                    file,
                    fault);
            }

            throw;
        }
    }

    /// <summary>Generates an answer piece by piece, until a JSON object is closed, the model ends, or the token limit is reached.</summary>
    /// <param name="messages">The conversation; pictures as JPEG or PNG.</param>
    /// <param name="options">The token limit, the temperature and the JSON schema of the answer.</param>
    /// <param name="say">Receives each piece.</param>
    /// <param name="cancellation">Cancels the answer within a token.</param>
    /// <returns><see cref="ChatFinishReason.Length"/> if the token limit was reached first.</returns>
    /// <exception cref="EditException">The question does not fit the model's context, or the model fails.</exception>
    public ChatFinishReason Answer(IEnumerable<ChatMessage> messages, ChatOptions? options, Action<string> say, CancellationToken cancellation)
    {
        string? gbnf = options?.ResponseFormat is ChatResponseFormatJson { Schema: { } schema } ? AnswerGrammar.Of(schema) : null;
        using LLamaContext context = weights.CreateContext(parameters);
        using Abort abort = new(context.NativeHandle, cancellation);
        (int position, int room) = Read(messages, context, cancellation);
        using DefaultSamplingPipeline sampling = new()
        {
            Temperature = options?.Temperature ?? 0,
            Seed = 0,
            Grammar = gbnf is null ? null : new Grammar(gbnf, "root"),
        };
        StreamingTokenDecoder decoder = new(context);
        AnswerEnd end = new();
        LLamaBatch batch = new();
        int most = Math.Min(room, options?.MaxOutputTokens ?? room);
        for (int spent = 0; spent < most; spent++)
        {
            cancellation.ThrowIfCancellationRequested();
            LLamaToken token = sampling.Sample(context.NativeHandle, -1);
            if (token.IsEndOfGeneration(weights.Vocab))
            {
                return ChatFinishReason.Stop;
            }

            decoder.Add(token);
            string piece = decoder.Read();
            if (piece.Length > 0)
            {
                say(piece);
                if (end.Reached(piece))
                {
                    return ChatFinishReason.Stop;
                }
            }

            batch.Clear();
            batch.Add(token, position++, LLamaSeqId.Zero, true);
            Succeed(context.Decode(batch) == DecodeResult.Ok ? 0 : 1, cancellation);
        }

        return ChatFinishReason.Length;
    }

    /// <summary>The logits of the answer's first token, one for each token of the vocabulary.</summary>
    /// <param name="messages">The conversation.</param>
    internal float[] FirstLogits(IEnumerable<ChatMessage> messages)
    {
        using LLamaContext context = weights.CreateContext(parameters);
        Read(messages, context, CancellationToken.None);
        return context.NativeHandle.GetLogitsIth(-1).ToArray();
    }

    /// <summary>Releases the memory.</summary>
    public void Dispose()
    {
        vision.Dispose();
        weights.Dispose();
    }

    // Reads the prompt into the context; returns the next position, and the maximum number of tokens of the answer.
    private (int Position, int Room) Read(IEnumerable<ChatMessage> messages, LLamaContext context, CancellationToken cancellation)
    {
        List<byte[]> pictures = [];
        string prompt = Prompt(messages, pictures);
        SafeMtmdEmbed[] media = [.. pictures.Select(picture => SafeMtmdEmbed.FromMediaBuffer(vision.NativeHandle, picture)
            ?? throw new EditException(EditFault.BadPicture, "llama.cpp cannot read the picture that was sent to it.", target: path))];
        try
        {
            int fault = vision.Tokenize(prompt, addSpecial: true, parseSpecial: true, media, out SafeMtmdInputChunks? chunks);
            Succeed(chunks is null ? Math.Max(1, fault) : fault, cancellation);
            using (chunks)
            {
                ulong asked = chunks!.CountTokens();
                int room = (int)context.ContextSize - (int)Math.Min(asked, int.MaxValue);
                if (room < LeastAnswerTokens)
                {
                    throw new EditException(
                        EditFault.BadModel,
                        $"The question and its picture take {asked} tokens, but the context of the model '{path}' is {context.ContextSize}, including the answer.",
                        "Choose a model with a longer context.",
                        path);
                }

                int position = 0;
                for (ulong i = 0; i < chunks.Size; i++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Succeed(
                        vision.NativeHandle.EvaluateChunk(chunks.GetChunkPtr(i), context.NativeHandle, ref position, 0, (int)context.BatchSize, i + 1 == chunks.Size), cancellation);
                }

                return (position, room);
            }
        }
        finally
        {
            Array.ForEach(media, picture => picture.Dispose());
        }
    }

    private void Succeed(int fault, CancellationToken cancellation)
    {
        if (fault != 0)
        {
            cancellation.ThrowIfCancellationRequested();
            string said = LLamaNatives.TakeErrors();
            throw new EditException(
                EditFault.BadModel, $"The model '{path}' fails (code {fault}){(said.Length > 0 ? $": {said}" : "")}.", "Give a model and the mmproj file that was published with it; check that there is enough memory.", path);
        }
    }

    // The model's own chat template, if llama.cpp supports it; a marker stands for each picture.
    private string Prompt(IEnumerable<ChatMessage> messages, List<byte[]> pictures)
    {
        List<(string Role, string Text)> turns = [];
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
                    // A marker in the user's words would refer to a picture that does not exist, or end the user's turn.
                    text.Append(Marks().Replace(words.Text.Replace(marker, "", StringComparison.Ordinal), " "));
                }
            }

            turns.Add((message.Role.Value, text.ToString()));
        }

        try
        {
            return Filled(new LLamaTemplate(weights, strict: true));
        }
        catch (Exception fault) when (fault is MissingTemplateException or TemplateNotFoundException)
        {
            // LLaVA's first models were published without their template, which is Vicuna's.
            return Filled(new LLamaTemplate(weights.Metadata.GetValueOrDefault("general.architecture") == "llama" ? "vicuna" : "chatml"));
        }

        string Filled(LLamaTemplate template)
        {
            template.AddAssistant = true;
            foreach ((string role, string text) in turns)
            {
                template.Add(role, text);
            }

            return LLamaTemplate.Encoding.GetString(template.Apply());
        }
    }

    // Checks that a file is complete and of the expected kind: llama.cpp aborts the process over some invalid files.
    private static void Require(string path, bool projector)
    {
        GgufHeader header = GgufHeader.Read(path);
        if (header.IsProjector != projector)
        {
            throw new EditException(
                EditFault.BadModel,
                projector ? $"'{path}' is a language model ({header.Architecture}) instead of its projector (mmproj)." : $"'{path}' is a projector (mmproj) instead of a language model.",
                "Give the model with -Model and its published mmproj file with -Projector.",
                path);
        }

        header.RequireWhole();
    }

    [GeneratedRegex(@"<\|[^<>|]*\|>|</?s>|\[/?INST\]|<</?SYS>>")]
    private static partial Regex Marks();

    /// <summary>Stops llama.cpp's computation when a token is cancelled.</summary>
    private sealed unsafe class Abort : IDisposable
    {
        private readonly byte* flag = (byte*)NativeMemory.AllocZeroed(1);
        private readonly SafeLLamaContextHandle context;
        private readonly CancellationTokenRegistration registration;

        public Abort(SafeLLamaContextHandle context, CancellationToken cancellation)
        {
            this.context = context;
            NativeApi.llama_set_abort_callback(context, (nint)(delegate* unmanaged[Cdecl]<byte*, byte>)&IsSet, (nint)flag);
            registration = cancellation.Register(() => Volatile.Write(ref *flag, 1));
        }

        public void Dispose()
        {
            registration.Dispose();
            NativeApi.llama_set_abort_callback(context, 0, 0);
            NativeMemory.Free(flag);
        }

        [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
        private static byte IsSet(byte* flag) => Volatile.Read(ref *flag);
    }
}
