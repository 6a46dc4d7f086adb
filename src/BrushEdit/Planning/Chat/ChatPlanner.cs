using System.Globalization;
using System.Text.Json;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using Microsoft.Extensions.AI;

namespace BrushEdit.Planning;

/// <summary>
/// A planner that queries a vision-language model through an <see cref="IChatClient"/>: one question after another or all at once. Every answer is
/// validated; after an invalid one the question is repeated with the fault; if that fails too, the rules take over. The plan also notes if the rules
/// infer another type of edit.
/// </summary>
public sealed class ChatPlanner : IEditPlanner
{
    private readonly IChatClient client;
    private readonly ChatPlannerOptions options;
    private readonly ChatCaller caller;

    /// <summary>Creates a planner.</summary>
    /// <param name="name">The name by which it is chosen, which its plans also record.</param>
    /// <param name="client">The model; disposed with the planner.</param>
    /// <param name="options">The options of its requests; null for the defaults.</param>
    /// <exception cref="EditException">An option is out of range.</exception>
    public ChatPlanner(string name, IChatClient client, ChatPlannerOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(client);
        this.options = options ?? new ChatPlannerOptions();
        if (this.options.Timeout <= TimeSpan.Zero || this.options.Retries < 0 || this.options.Repairs < 0 || this.options.PictureSide < 32 || this.options.MaxOutputTokens < 16)
        {
            throw new EditException(EditFault.BadArgument, "An option of the chat planner is out of range.", "The time limit must be above 0, retries and repairs 0 or more, the picture's side 32 or more, the answer 16 tokens or more.", this.options);
        }

        Name = name;
        this.client = client;
        caller = new ChatCaller(client, name, this.options);
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <summary>Receives warnings for the user, such as that the rules took over; null for none.</summary>
    public Action<string>? Warn { get; set; }

    /// <inheritdoc />
    public async Task<EditPlan> PlanAsync(PlanRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.IsComplete)
        {
            return request.ToPlan();
        }

        if (string.IsNullOrWhiteSpace(request.Instruction))
        {
            throw new EditException(EditFault.BadArgument, "The instruction is empty.", "Give an instruction, or -EditType, -Target and -Caption.", request.Instruction);
        }

        if (request.Instruction.Length > InstructionParser.MostCharacters)
        {
            throw new EditException(EditFault.BadArgument, $"The instruction has {request.Instruction.Length} characters.", $"Use at most {InstructionParser.MostCharacters}.", request.Instruction);
        }

        Picture picture = request.Picture ?? throw new EditException(EditFault.MissingStage, $"The planner {Name} needs the picture.", "Give it with -Path, or use the planner Rules.", request.Instruction);
        PictureAttachment sent = PictureAttachment.Of(picture, options.PictureSide);
        ParsedInstruction? rules = TryRules(request);
        Conversation talk = new(request, picture, sent, rules);
        EditPlan plan = new() { Instruction = request.Instruction, Planner = Name };
        request.Overlay(plan);
        string? fault = options.SingleCall ? await AllAsync(talk, plan, cancellation).ConfigureAwait(false) : await OneByOneAsync(talk, plan, cancellation).ConfigureAwait(false);
        if (fault is not null)
        {
            return TakeOver(request, fault);
        }

        return Compare(plan, request, rules);
    }

    /// <summary>Releases the model.</summary>
    public void Dispose() => client.Dispose();

    private async Task<string?> OneByOneAsync(Conversation talk, EditPlan plan, CancellationToken cancellation)
    {
        PlanRequest given = talk.Request;
        string? fault = given.EditType is not null ? null : await AskAsync(
            talk, plan, PlanQuestions.Type, PlanQuestions.TypeSchema, "edit_type", answer => Take(AnswerReader.Type(answer), t => plan.EditType = t, "it names none, or more than one, of addition, remove, local, global, background"), cancellation).ConfigureAwait(false);
        if (fault is null && given.Target is null && PlanCheck.NeedsTarget(plan.EditType))
        {
            fault = await AskAsync(talk, plan, PlanQuestions.Target(plan.EditType), PlanQuestions.TargetSchema, "target", answer => ReadTarget(answer, plan), cancellation).ConfigureAwait(false);
        }

        if (fault is null && given.Caption is null)
        {
            fault = await AskAsync(talk, plan, PlanQuestions.Caption(plan.EditType, plan.Target), PlanQuestions.CaptionSchema, "caption", answer => ReadCaption(answer, plan, talk), cancellation).ConfigureAwait(false);
        }

        if (fault is null && given.Box is null && plan.EditType == EditType.Addition)
        {
            fault = await AskAsync(talk, plan, PlanQuestions.Box(talk.Sent.Width, talk.Sent.Height), PlanQuestions.BoxSchema, "box", answer => ReadBox(answer, plan, talk), cancellation).ConfigureAwait(false);
        }

        return fault;
    }

    private Task<string?> AllAsync(Conversation talk, EditPlan plan, CancellationToken cancellation) => AskAsync(
        talk,
        plan,
        PlanQuestions.All(talk.Sent.Width, talk.Sent.Height),
        PlanQuestions.AllSchema,
        "edit_plan",
        answer =>
        {
            PlanRequest given = talk.Request;
            List<string?> faults =
            [
                given.EditType is null ? Take(AnswerReader.Type(answer), t => plan.EditType = t, "edit_type is none of addition, remove, local, global, background") : null,
                given.Target is null && PlanCheck.NeedsTarget(plan.EditType) ? ReadTarget(answer, plan) : null,
            ];
            faults.Add(given.Caption is null ? ReadCaption(answer, plan, talk) : null);
            faults.Add(given.Box is null && plan.EditType == EditType.Addition ? ReadBox(answer, plan, talk) : null);
            string all = string.Join("; ", faults.Where(f => f is not null));
            return all.Length == 0 ? null : all;
        },
        cancellation);

    // Repeats the question until an answer is valid; returns the last fault if none is.
    private async Task<string?> AskAsync(Conversation talk, EditPlan plan, string question, JsonElement schema, string name, Func<string, string?> read, CancellationToken cancellation)
    {
        List<ChatMessage> messages = talk.Begin(question, plan);
        string? fault = null;
        for (int i = 0; i <= options.Repairs; i++)
        {
            ChatAnswer answer = await caller.AskAsync(messages, schema, name, cancellation).ConfigureAwait(false);

            // Bare words that were cut off may look complete; a closed object is complete.
            fault = answer.CutOff && AnswerText.Objects(answer.Text).Count == 0 ? "" : read(answer.Text);
            if (fault is null)
            {
                return null;
            }

            if (answer.CutOff)
            {
                fault = $"it was cut off after {answer.Tokens?.ToString(CultureInfo.InvariantCulture) ?? "the server's limit of"} tokens, before its end: give a larger -MaxTokens";
                if (caller.GrantMore())
                {
                    continue;
                }

                return fault;
            }

            if (string.IsNullOrWhiteSpace(answer.Text))
            {
                fault = "it is empty";
                continue;
            }

            messages.Add(new ChatMessage(ChatRole.Assistant, answer.Text.Length > 2000 ? answer.Text[..2000] : answer.Text));
            messages.Add(new ChatMessage(ChatRole.User, $"This answer cannot be used: {fault}. Answer the question again."));
        }

        return fault;
    }

    private static string? Take<T>(T? value, Action<T> set, string fault)
        where T : struct
    {
        if (value is { } there)
        {
            set(there);
            return null;
        }

        return fault;
    }

    private static string? ReadTarget(string answer, EditPlan plan)
    {
        string? target = AnswerReader.Line(answer, "target")?.TrimEnd('.');
        foreach (string article in (string[])["the ", "a ", "an "])
        {
            target = target is not null && target.StartsWith(article, StringComparison.OrdinalIgnoreCase) ? target[article.Length..] : target;
        }

        plan.Target = target;
        if (PlanCheck.TargetFault(target, plan.EditType) is { } fault)
        {
            return fault;
        }

        plan.Selection = [.. SelectionAnswer.Read(target!, answer)];
        return null;
    }

    private static string? ReadCaption(string answer, EditPlan plan, Conversation talk)
    {
        string? caption = AnswerReader.Line(answer, "caption");
        plan.Caption = caption;
        string? now = talk.Rules?.Type == plan.EditType ? talk.Rules.NewContent : null;
        return PlanCheck.CaptionFault(caption, plan.EditType, plan.Target, now);
    }

    private static string? ReadBox(string answer, EditPlan plan, Conversation talk)
    {
        if (AnswerReader.Box(answer, talk.Sent, talk.Picture.Width, talk.Picture.Height) is not { } box)
        {
            return $"it holds no box of four numbers [x, y, width, height] that lies in the picture of {talk.Sent.Width} x {talk.Sent.Height} pixels";
        }

        plan.Box = box;
        return PlanCheck.BoxFault(box, talk.Picture.Width, talk.Picture.Height);
    }

    private static ParsedInstruction? TryRules(PlanRequest request)
    {
        try
        {
            return InstructionParser.Parse(request.Instruction!, request.CaptionBefore);
        }
        catch (EditException)
        {
            return null;
        }
    }

    // Compares the model's plan with the rules' reading: agreement raises the confidence, another kind of edit is noted.
    private EditPlan Compare(EditPlan plan, PlanRequest request, ParsedInstruction? rules)
    {
        List<string> notes = [];
        double confidence = 0.95;
        if (rules is null)
        {
            confidence = 0.7;
            notes.Add("The rules do not understand the instruction, so nothing was compared.");
        }
        else if (rules.Type != plan.EditType && request.EditType is null)
        {
            confidence = 0.4;
            notes.Add($"{Name} says {plan.EditType}, the rules read {rules.Type}: check the plan before filling.");
        }
        else
        {
            plan.NewContent = rules.Type == plan.EditType ? rules.NewContent : null;
            if (request.Target is null && rules.Targets.Count > 0 && plan.Target is { } target && !rules.Targets.Any(t => PlanCheck.Names(target, NounPhrases.Head(t)) || PlanCheck.Names(t, NounPhrases.Head(target))))
            {
                confidence = 0.6;
                notes.Add($"{Name} says the target is '{target}', the rules read '{rules.Target}'.");
            }
        }

        if (rules is not null && rules.Type == plan.EditType && request.Target is null && Checked(plan, rules) is { } other)
        {
            confidence = Math.Min(confidence, 0.7);
            notes.Add(other);
        }

        if (!PlanCheck.NeedsTarget(plan.EditType) && request.Target is null)
        {
            plan.Target = null;
        }

        plan.Confidence = confidence;
        plan.Notes = notes;
        request.Overlay(plan);
        return plan;
    }

    // Which objects and how many is read from the user's words: if a model contradicts them about the same object, the rules' reading is used.
    private string? Checked(EditPlan plan, ParsedInstruction rules)
    {
        string? note = null;
        plan.Selection = [.. plan.Selection.Select(one =>
        {
            Selection? read = rules.Selection.FirstOrDefault(other => PlanCheck.Names(one.Noun, NounPhrases.Head(other.Noun)) || PlanCheck.Names(other.Noun, NounPhrases.Head(one.Noun)));
            if (read is null || read.How == one.How)
            {
                return one;
            }

            note = $"{Name} says '{one}', the rules read '{read}': the rules' reading is used.";
            return read with { Noun = one.Noun, Look = one.Look };
        })];
        return note;
    }

    private EditPlan TakeOver(PlanRequest request, string fault)
    {
        string note = $"{Name} gave no usable answer ({fault}); the rules made the plan.";
        EditPlan plan;
        try
        {
            plan = RulesPlanner.Plan(request);
        }
        catch (EditException alone)
        {
            throw new EditException(EditFault.ServiceFailed, $"{Name} gave no usable answer ({fault}), and the rules do not understand the instruction '{request.Instruction}'.", alone.Remedy, request.Instruction);
        }

        Warn?.Invoke(note);
        plan.Confidence = Math.Min(plan.Confidence, 0.6);
        plan.Notes = [note, .. plan.Notes];
        return plan;
    }

    /// <summary>The context that all questions about one picture share.</summary>
    private sealed record Conversation(PlanRequest Request, Picture Picture, PictureAttachment Sent, ParsedInstruction? Rules)
    {
        public List<ChatMessage> Begin(string question, EditPlan plan)
        {
            List<string> known = [];
            if (Request.EditType is not null || plan.Caption is not null || plan.Target is not null)
            {
                known.Add($"The edit is of the kind {plan.EditType.ToString().ToLowerInvariant()}.");
            }

            if (plan.Target is not null)
            {
                known.Add($"Its target is: {plan.Target}.");
            }

            if (plan.Caption is not null)
            {
                known.Add($"After the edit the picture shows: {plan.Caption}.");
            }

            // The user's words are fenced, so that they cannot be mistaken for ours.
            string instruction = Request.Instruction!.Replace("<<<", "", StringComparison.Ordinal).Replace(">>>", "", StringComparison.Ordinal);
            string text = $"Instruction: <<<{instruction}>>>\n{string.Join(' ', known)}\n{question}";
            return
            [
                new ChatMessage(ChatRole.System, PlanQuestions.System),
                new ChatMessage(ChatRole.User, [new DataContent(Sent.Jpeg, "image/jpeg"), new TextContent(text)]),
            ];
        }
    }
}
