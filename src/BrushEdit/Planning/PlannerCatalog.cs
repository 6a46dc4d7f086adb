using System.ClientModel;
using System.ClientModel.Primitives;
using BrushEdit.Loading;
using Microsoft.Extensions.AI;
using OllamaSharp;
using OpenAI;
using OpenAI.Chat;

namespace BrushEdit.Planning;

/// <summary>The planners by name.</summary>
public static class PlannerCatalog
{
    /// <summary>The environment variable that names the default planner.</summary>
    public const string DefaultVariable = "BRUSHEDIT_PLANNER";

    private static readonly Lock Gate = new();

    private static readonly SortedDictionary<string, (string About, Func<PlannerSettings, IEditPlanner> Make)> Planners = new(StringComparer.OrdinalIgnoreCase)
    {
        [RulesPlanner.PlannerName] = ("Reads English instructions by rules: no model, offline, at once.", Rules),
        ["OpenAI"] = ("GPT-4o, or any server that speaks the same protocol (llama.cpp, vLLM, LM Studio, Ollama).", OpenAI),
        ["Ollama"] = ("A model of an Ollama server, such as llava.", Ollama),
        ["LLama"] = ("A GGUF model with its mmproj, in this process.", LLama),
    };

    /// <summary>The available names, with a one-line description of each.</summary>
    public static IReadOnlyList<(string Name, string About)> All
    {
        get
        {
            lock (Gate)
            {
                return [.. Planners.Select(p => (p.Key, p.Value.About))];
            }
        }
    }

    /// <summary>The default planner: the value of <see cref="DefaultVariable"/>, otherwise <c>Rules</c>.</summary>
    public static string DefaultName => Environment.GetEnvironmentVariable(DefaultVariable) is { Length: > 0 } name ? name : RulesPlanner.PlannerName;

    /// <summary>Registers a planner, or replaces a registered one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="about">Its one-line description.</param>
    /// <param name="make">Creates it.</param>
    public static void Register(string name, string about, Func<PlannerSettings, IEditPlanner> make)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(make);
        lock (Gate)
        {
            Planners[name] = (about, make);
        }
    }

    /// <summary>Creates a planner.</summary>
    /// <param name="name">Its name in any case; null for <see cref="DefaultName"/>.</param>
    /// <param name="settings">Its settings; null for none.</param>
    /// <exception cref="EditException">There is no such planner, or a setting is missing or not used by it.</exception>
    public static IEditPlanner Create(string? name = null, PlannerSettings? settings = null)
    {
        name = string.IsNullOrWhiteSpace(name) ? DefaultName : name;
        Func<PlannerSettings, IEditPlanner> make;
        lock (Gate)
        {
            make = Planners.TryGetValue(name, out (string About, Func<PlannerSettings, IEditPlanner> Make) entry)
                ? entry.Make
                : throw new EditException(EditFault.BadArgument, $"There is no planner '{name}'.", $"Choose from {string.Join(", ", Planners.Keys)}.", name);
        }

        return make(settings ?? new PlannerSettings());
    }

    private static RulesPlanner Rules(PlannerSettings settings)
    {
        Refuse(RulesPlanner.PlannerName, ("model", settings.Model), ("endpoint", settings.Endpoint), ("key", settings.Key), ("projector", settings.Projector));
        return new RulesPlanner();
    }

    private static ChatPlanner OpenAI(PlannerSettings settings)
    {
        Refuse("OpenAI", ("projector", settings.Projector));
        Uri usual = new("https://api.openai.com/v1");
        Uri endpoint = ServerAccess.Address(settings.Endpoint ?? usual);
        string? key = ServerAccess.KeyOf(settings.Key, settings.KeyVariable, endpoint.Host == usual.Host);
        if (key is null && endpoint.Host == usual.Host)
        {
            throw new EditException(EditFault.BadArgument, "The planner OpenAI has no key.", "Set the environment variable OPENAI_API_KEY, name another with -ApiKeyVariable, or give -ApiKey.", "OpenAI");
        }

        ServerAccess.RequireSafe(endpoint, key);
        OpenAIClientOptions options = new()
        {
            Endpoint = endpoint,
            Transport = new HttpClientPipelineTransport(NewClient()),
            RetryPolicy = new ClientRetryPolicy(0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
        };

        // Self-hosted servers require no key, yet the protocol does.
        ChatClient chat = new(settings.Model ?? "gpt-4o", new ApiKeyCredential(key ?? "none"), options);
        return new ChatPlanner("OpenAI", chat.AsIChatClient(), settings.Chat);
    }

    private static ChatPlanner Ollama(PlannerSettings settings)
    {
        Refuse("Ollama", ("projector", settings.Projector), ("key", settings.Key), ("key variable", settings.KeyVariable));
        HttpClient http = NewClient();
        http.BaseAddress = ServerAccess.Address(settings.Endpoint ?? new Uri("http://localhost:11434"));
        return new ChatPlanner("Ollama", new OllamaApiClient(http, settings.Model ?? "llava"), settings.Chat);
    }

    private static ChatPlanner LLama(PlannerSettings settings)
    {
        Refuse("LLama", ("endpoint", settings.Endpoint), ("key", settings.Key), ("key variable", settings.KeyVariable));
        settings = Installed(settings, ModelCatalog.CreateDefault());
        if (settings.GpuLayers is < 0)
        {
            throw new EditException(EditFault.BadArgument, $"{settings.GpuLayers} layers cannot go to the GPU.", "Give 0 or more.", settings.GpuLayers);
        }

        string model = Gguf(settings.Model, "model", "-Model");
        return new ChatPlanner("LLama", new LLamaChatClient(model, Gguf(settings.Projector, "projector (mmproj)", "-Projector"), settings.GpuLayers), settings.Chat);
    }

    /// <summary>
    /// Completes the settings with both files of a model, which is given by its name in the models folders, or by its file with the projector beside
    /// it.
    /// </summary>
    /// <param name="settings">The given settings.</param>
    /// <param name="models">The models folders.</param>
    internal static PlannerSettings Installed(PlannerSettings settings, ModelCatalog models)
    {
        bool file = File.Exists(settings.Model) || (settings.Model?.EndsWith(GgufHeader.Ending, StringComparison.OrdinalIgnoreCase) ?? false);
        if (string.IsNullOrWhiteSpace(settings.Model) || (file && (settings.Projector is not null || !File.Exists(settings.Model))))
        {
            return settings;
        }

        (string model, string projector) = file
            ? (settings.Model, ModelRecognition.ProjectorBeside(settings.Model))
            : models.Open(settings.Model, ModelKind.VisionLanguage).Gguf!.Value;
        return settings with { Model = model, Projector = settings.Projector ?? projector };
    }

    private static string Gguf(string? path, string what, string parameter) =>
        string.IsNullOrWhiteSpace(path) ? throw new EditException(EditFault.ModelNotFound, $"The planner LLama has no {what} file.", $"Give a GGUF file with {parameter}, or the name of an installed model with -Model.", what)
        : !File.Exists(path) ? throw new EditException(EditFault.ModelNotFound, $"There is no {what} file '{path}'.", $"Give a GGUF file with {parameter}.", path)
        : Path.GetFullPath(path);

    private static HttpClient NewClient() => new(new LimitedHandler()) { Timeout = Timeout.InfiniteTimeSpan };

    private static void Refuse(string planner, params (string Name, object? Value)[] useless)
    {
        foreach ((string name, object? value) in useless)
        {
            if (value is not null)
            {
                throw new EditException(EditFault.BadArgument, $"The planner {planner} does not use a {name}.", "Omit it, or choose another planner.", planner);
            }
        }
    }
}
