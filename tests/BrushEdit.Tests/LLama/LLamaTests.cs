using System.Text.Json;
using BrushEdit.Editing;
using BrushEdit.Imaging;
using BrushEdit.Planning;
using BrushEdit.Tests.Support;
using Microsoft.Extensions.AI;

namespace BrushEdit.Tests.LLama;

/// <summary>Language models of llama.cpp, really run: tiny ones of both kinds, whose weights are drawn from a seed.</summary>
public sealed class LLamaTests(LLamaTests.Models models) : IClassFixture<LLamaTests.Models>
{
    private static readonly ChatPlannerOptions Short = new() { MaxOutputTokens = 48, Repairs = 0, PictureSide = 64, Timeout = TimeSpan.FromMinutes(2) };

    private static Picture Photo(int seed)
    {
        byte[] rgb = new byte[96 * 64 * 3];
        new Random(seed).NextBytes(rgb);
        return Picture.FromRgb(rgb, 96, 64);
    }

    private static ChatMessage[] Ask(string words, Picture picture) =>
        [new(ChatRole.System, "You plan edits."), new(ChatRole.User, [new DataContent(PictureAttachment.Of(picture, 64).Jpeg, "image/jpeg"), new TextContent(words)])];

    private static ChatOptions With(JsonElement schema, int tokens = 400) => new() { MaxOutputTokens = tokens, ResponseFormat = ChatResponseFormat.ForJsonSchema(schema) };

    private static LLamaChatClient Client(string folder) => new(Path.Combine(folder, "model.gguf"), Path.Combine(folder, "mmproj.gguf"));

    private static IEditPlanner Planner(string folder) => PlannerCatalog.Create("LLama", new PlannerSettings { Model = Path.Combine(folder, "model.gguf"), Chat = Short });

    private static Task<EditPlan> PlanAsync(IEditPlanner planner, int picture = 1) => planner.PlanAsync(new PlanRequest { Instruction = "remove the dog", Picture = Photo(picture) });

    private static async Task<EditException> FaultAsync(string folder)
    {
        EditException fault = await Assert.ThrowsAsync<EditException>(async () =>
        {
            using IEditPlanner planner = Planner(folder);
            await PlanAsync(planner);
        });
        Assert.NotNull(fault.Remedy);
        return fault;
    }

    [Theory]
    [InlineData("llava")]
    [InlineData("qwen2vl")]
    public async Task A_model_that_knows_nothing_gives_a_valid_plan_or_is_refused(string kind)
    {
        using IEditPlanner planner = Planner(models[kind]);
        List<string> warnings = [];
        ((ChatPlanner)planner).Warn = warnings.Add;
        EditPlan plan = await PlanAsync(planner);
        if (plan.Planner == "LLama")
        {
            Assert.Empty(warnings);
            Assert.Null(PlanCheck.TargetFault(plan.Target, plan.EditType));
            Assert.Null(PlanCheck.CaptionFault(plan.Caption, plan.EditType, plan.Target, plan.NewContent));
        }
        else
        {
            Assert.Equal(("Rules", EditType.Remove, "dog"), (plan.Planner, plan.EditType, plan.Target));
            Assert.Contains("LLama gave no usable answer", Assert.Single(warnings));
        }
    }

    [Theory]
    [InlineData("llava")]
    [InlineData("qwen2vl")]
    public async Task The_grammar_holds_any_weights_to_the_form(string kind)
    {
        using LLamaChatClient client = Client(models[kind]);
        for (int picture = 1; picture <= 3; picture++)
        {
            ChatResponse type = await client.GetResponseAsync(Ask(PlanQuestions.Type, Photo(picture)), With(PlanQuestions.TypeSchema));
            Assert.Equal(ChatFinishReason.Stop, type.FinishReason);
            Assert.NotNull(AnswerReader.Type(type.Text));
            ChatResponse box = await client.GetResponseAsync(Ask(PlanQuestions.Box(64, 43), Photo(picture)), With(PlanQuestions.BoxSchema));
            Assert.Equal(4, JsonDocument.Parse(box.Text).RootElement.GetProperty("box").EnumerateArray().Count(n => double.IsFinite(n.GetDouble())));
        }
    }

    [Theory]
    [InlineData("llava")]
    [InlineData("qwen2vl")]
    public void With_the_same_words_another_picture_changes_the_logits(string kind)
    {
        using LLamaModel model = LLamaModel.Load(Path.Combine(models[kind], "model.gguf"), Path.Combine(models[kind], "mmproj.gguf"), null, CancellationToken.None);
        float[] first = model.FirstLogits(Ask("What is it?", Photo(1)));
        float[] second = model.FirstLogits(Ask("What is it?", Photo(2)));
        float[] again = model.FirstLogits(Ask("What is it?", Photo(1)));
        Assert.All(first, value => Assert.True(float.IsFinite(value)));
        Assert.Equal(first, again);
        Assert.True(first.Zip(second, (a, b) => Math.Abs(a - b)).Max() > 0.1f);
    }

    [Fact]
    public async Task An_answer_that_is_cut_off_says_so_and_never_becomes_the_caption()
    {
        using LLamaChatClient client = Client(models["llava"]);
        ChatResponse response = await client.GetResponseAsync(Ask(PlanQuestions.Caption(EditType.Remove, "dog"), Photo(1)), With(PlanQuestions.CaptionSchema, tokens: 20));
        Assert.Equal(ChatFinishReason.Length, response.FinishReason);
        Assert.StartsWith("{", response.Text);
        Assert.Null(AnswerReader.Line(response.Text, "caption"));
    }

    [Fact]
    public async Task Cancelled_it_says_no_further_token()
    {
        using LLamaChatClient client = Client(models["llava"]);
        using CancellationTokenSource stop = new();
        string atStop = "";
        string said = "";
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(Ask("Tell all.", Photo(1)), new ChatOptions { MaxOutputTokens = 3000 }, stop.Token))
            {
                said += update.Text;
                if (!stop.IsCancellationRequested)
                {
                    await stop.CancelAsync();
                    atStop = said;
                }
            }
        });

        // What was computed before the token was cancelled may still arrive: far less than the 3,000 tokens asked for.
        Assert.NotEmpty(atStop);
        Assert.InRange(said.Length, atStop.Length, 1000);
        Assert.NotEmpty((await client.GetResponseAsync(Ask(PlanQuestions.Type, Photo(1)), With(PlanQuestions.TypeSchema))).Text);
    }

    [Fact]
    public async Task Disposed_in_the_middle_it_ends_the_answer()
    {
        LLamaChatClient client = Client(models["llava"]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatResponseUpdate _ in client.GetStreamingResponseAsync(Ask("Tell all.", Photo(1)), new ChatOptions { MaxOutputTokens = 3000 }))
            {
                client.Dispose();
            }
        });
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.GetResponseAsync(Ask("More.", Photo(1))));
    }

    [Fact]
    public async Task A_planner_blocks_the_thread_that_computes_and_still_answers()
    {
        SingleThread single = new("tests");
        using IEditPlanner planner = Planner(models["llava"]);
        EditPlan plan = await single.Start(() => PlanAsync(planner).GetAwaiter().GetResult(), CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(2));
        Assert.NotNull(plan.Caption);
    }

    [Fact]
    public async Task A_context_too_small_for_the_question_is_told_with_both_numbers()
    {
        string folder = models.Write("small", path => TinyVisionModel.WriteLlava(path, 1, context: 256));
        EditException fault = await FaultAsync(folder);
        Assert.Matches(@"take \d+ tokens, but the context of the model .* is 256", fault.Message);
    }

    [Fact]
    public async Task A_model_without_its_template_is_asked_in_the_usual_one()
    {
        using IEditPlanner planner = Planner(models.Write("bare", path => TinyVisionModel.WriteLlava(path, 1, template: null)));
        Assert.NotNull((await PlanAsync(planner)).Caption);
    }

    [Fact]
    public async Task A_projector_without_one_of_its_tensors_is_told()
    {
        EditException fault = await FaultAsync(models.Write("hole", path => TinyVisionModel.WriteLlava(path, 1, without: "v.blk.1.attn_out.weight")));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains("mmproj.gguf", fault.Message);
        Assert.Contains("v.blk.1.attn_out.weight", fault.Message);
    }

    [Fact]
    public async Task A_projector_of_another_model_is_told()
    {
        EditException fault = await FaultAsync(models.Write("other", path => TinyVisionModel.WriteLlava(path, 1, projected: 32)));
        Assert.Equal(EditFault.BadModel, fault.Kind);
        Assert.Contains("mmproj.gguf", fault.Message);
    }

    [Theory]
    [InlineData("model.gguf")]
    [InlineData("mmproj.gguf")]
    public async Task A_file_cut_short_is_told_wherever_it_ends(string name)
    {
        string folder = models.Write("cut-" + name, path => TinyVisionModel.WriteLlava(path, 1));
        string file = Path.Combine(folder, name);
        long length = new FileInfo(file).Length;
        foreach (double share in (double[])[0.999, 0.5, 0.01, 0])
        {
            using (FileStream stream = File.OpenWrite(file))
            {
                stream.SetLength((long)(length * share));
            }

            EditException fault = await FaultAsync(folder);
            Assert.Equal(EditFault.BadModel, fault.Kind);
            Assert.Contains(name, fault.Message);
        }
    }

    [Fact]
    public async Task A_model_without_a_projector_is_told()
    {
        string folder = models.Write("blind", path => TinyVisionModel.WriteLlava(path, 1));
        File.Delete(Path.Combine(folder, "mmproj.gguf"));
        Assert.Contains("no projector (mmproj) beside it", (await FaultAsync(folder)).Message);
    }

    [Fact]
    public async Task Model_and_projector_are_not_taken_for_each_other()
    {
        string model = Path.Combine(models["llava"], "model.gguf");
        string projector = Path.Combine(models["llava"], "mmproj.gguf");
        Assert.Contains("is a language model (llama)", (await FaultOf(model, model)).Message);
        Assert.Contains("is a projector", (await FaultOf(projector, projector)).Message);

        async Task<EditException> FaultOf(string first, string second)
        {
            using IEditPlanner planner = PlannerCatalog.Create("LLama", new PlannerSettings { Model = first, Projector = second, Chat = Short });
            return await Assert.ThrowsAsync<EditException>(() => PlanAsync(planner));
        }
    }

    /// <summary>The models, written once for all tests.</summary>
    public sealed class Models : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Models()
        {
            TinyVisionModel.WriteLlava(folder["llava"], seed: 1);
            TinyVisionModel.WriteQwen2VL(folder["qwen2vl"], seed: 1);
        }

        public string this[string kind] => folder[kind];

        public string Write(string name, Action<string> write)
        {
            write(folder[name]);
            return folder[name];
        }

        public void Dispose() => folder.Dispose();
    }
}
