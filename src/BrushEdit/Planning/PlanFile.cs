using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using BrushEdit.Editing;
using BrushEdit.Imaging;

namespace BrushEdit.Planning;

/// <summary>Plans as JSON files, so that a folder's plans can be read, changed and reused.</summary>
public static partial class PlanFile
{
    private const long MostBytes = 1 << 20;

    private static readonly JsonSerializerOptions Form = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        PropertyNameCaseInsensitive = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Writes a plan as JSON.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="picture">The file name of the plan's picture, for the reader; null for none.</param>
    public static string ToJson(EditPlan plan, string? picture = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return JsonSerializer.Serialize(
            new Stored
            {
                Picture = picture,
                Instruction = plan.Instruction,
                EditType = plan.EditType,
                Target = plan.Target,
                Selection = plan.Selection.Any(one => one.Number != SelectionNumber.Some || one.IsNarrowed) ? [.. plan.Selection.Select(StoredSelection.Of)] : null,
                NewContent = plan.NewContent,
                Caption = plan.Caption,
                FillCaption = plan.FillCaption,
                Box = plan.Box is { } b ? [b.X, b.Y, b.Width, b.Height] : null,
                Planner = plan.Planner,
                Confidence = plan.Confidence,
                Notes = plan.Notes.Count == 0 ? null : [.. plan.Notes],
            },
            Form);
    }

    /// <summary>Reads a plan from JSON.</summary>
    /// <param name="json">The output of <see cref="ToJson"/>, or JSON written by a person: at least <c>editType</c>.</param>
    /// <param name="name">The name to use in error messages, such as the file's path.</param>
    /// <param name="picture">The file name of the plan's picture; null if the JSON has none. A name only, never to be opened.</param>
    /// <exception cref="EditException">It is not a plan, or violates a condition on plans.</exception>
    public static EditPlan FromJson(string json, string name, out string? picture)
    {
        ArgumentNullException.ThrowIfNull(json);
        Stored stored;
        try
        {
            StrictJson.Check(Encoding.UTF8.GetBytes(json));
            stored = JsonSerializer.Deserialize<Stored>(json, Form) ?? throw new JsonException("The file contains null.");
        }
        catch (JsonException fault)
        {
            // A property that a plan does not have is reported in our own words; the serializer's message would name its own types.
            throw Bad(
                name,
                UnknownPart().Match(fault.Message) is { Success: true } unknown
                    ? $"it has a part '{unknown.Groups[1].Value}'. Its parts are {string.Join(", ", typeof(Stored).GetProperties().Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)))}."
                    : fault.Message.Split(" Path:")[0],
                fault);
        }

        if (stored.EditType is not { } type || !Enum.IsDefined(type))
        {
            throw Bad(name, $"editType must be one of {string.Join(", ", Enum.GetNames<EditType>())}.");
        }

        if (stored.Box is { } numbers && (numbers.Length != 4 || numbers.Any(v => !double.IsFinite(v)) || numbers[2] <= 0 || numbers[3] <= 0))
        {
            throw Bad(name, "box must be four numbers [x, y, width, height], with width and height above 0.");
        }

        if (stored.Confidence is < 0 or > 1 || !double.IsFinite(stored.Confidence))
        {
            throw Bad(name, "confidence must be between 0 and 1.");
        }

        if (stored.Target is { } target && PlanCheck.TargetFault(target, type) is { } wrong)
        {
            throw Bad(name, $"{wrong}.");
        }

        picture = stored.Picture;
        EditPlan plan = new()
        {
            Instruction = stored.Instruction,
            EditType = type,
            Target = stored.Target,
            NewContent = stored.NewContent,
            Caption = stored.Caption,
            FillCaption = stored.FillCaption,
            Box = stored.Box is { } b ? new Box(b[0], b[1], b[2], b[3]) : null,
            Planner = stored.Planner,
            Confidence = stored.Confidence,
            Notes = stored.Notes ?? [],
        };
        plan.Selection = stored.Selection is null ? plan.Selection : Selected(stored, stored.Selection, name);
        return plan;
    }

    /// <summary>Writes a plan to a file: under a temporary name first, then moved.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="picture">The file name of the plan's picture.</param>
    /// <param name="rule">What may be done with an existing file; null replaces none.</param>
    /// <exception cref="EditException">The file cannot be written, or already exists.</exception>
    public static void Save(EditPlan plan, string path, string? picture = null, WriteRule? rule = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        rule ??= WriteRule.CreateNew;
        rule.Check(full);
        try
        {
            AtomicFile.Write(full, rule, temporary => File.WriteAllText(temporary, ToJson(plan, picture) + "\n"));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new EditException(EditFault.CannotWrite, $"{path}: the plan cannot be written ({fault.Message.Trim()}).", "Check the folder, its permissions and free space.", path, fault);
        }
    }

    /// <summary>Reads a plan from a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="picture">The file name of the plan's picture; null if the file has none.</param>
    /// <exception cref="EditException">The file does not exist or is not a plan.</exception>
    public static EditPlan Load(string path, out string? picture)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new EditException(EditFault.NotFound, $"There is no plan {path}.", "Check the path.", path);
        }

        try
        {
            return FromJson(Encoding.UTF8.GetString(RegularFile.ReadAll(path, MostBytes)).TrimStart('\uFEFF'), path, out picture);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Bad(path, fault.Message, fault);
        }
    }

    // The target's words take precedence over the selections': a person who corrects the target need not correct the selections.
    private static Selection[] Selected(Stored stored, StoredSelection[] selections, string name)
    {
        Selection[] named = [.. Selection.OfTarget(stored.Target)];
        if (stored.Target is not null && selections.Length != named.Length)
        {
            throw Bad(name, $"target names {named.Length} things and selection {selections.Length}.");
        }

        return [.. selections.Select((one, i) =>
        {
            string? fault = "a selection is empty";
            Selection? read = one?.Read(out fault);
            return fault is not null ? throw Bad(name, $"{fault}.") : stored.Target is null || named[i].Noun == read!.Phrase ? read! : read!.Named(named[i].Noun);
        })];
    }

    [GeneratedRegex("^The JSON property '([^']*)' could not be mapped")]
    private static partial Regex UnknownPart();

    private static EditException Bad(string name, string why, Exception? inner = null) =>
        new(EditFault.BadArgument, $"{name} is not a plan: {why}", "Write it as Export-EditPlan does.", name, inner);

    private sealed record Stored
    {
        public string? Picture { get; init; }

        public string? Instruction { get; init; }

        public EditType? EditType { get; init; }

        public string? Target { get; init; }

        public StoredSelection[]? Selection { get; init; }

        public string? NewContent { get; init; }

        public string? Caption { get; init; }

        public string? FillCaption { get; init; }

        public double[]? Box { get; init; }

        public string Planner { get; init; } = "User";

        public double Confidence { get; init; } = 1;

        public string[]? Notes { get; init; }
    }
}
