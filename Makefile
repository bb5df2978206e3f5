# make 或 make help 列出全部目标 / lists every target.
SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
STAMP := .venv/.installed
FOR ?=
ARGS ?=
KILLS ?= 200
SEED ?= 20261124
SEEDS ?= 20000
# These keep every core busy by themselves; the others mostly wait for programs, so several run beside each other.
BUSY := tests/simulation tests/crash_states tests/mutants
STATES ?= 20000
MIXES ?= 20

.PHONY: help install demo test check lint chaos crash-states mutants drill bench bench-alarms bench-agent bench-notices soak lock clean

help: ## 列出目标 / this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | awk -F'|' '{printf "%-19s %s\n", $$1, $$2}'

install: $(STAMP) ## 建立 .venv / build .venv from requirements.lock (Python 3.11 or newer)

$(STAMP): requirements.lock pyproject.toml scripts/venv.sh
	@PYTHON="$(PYTHON)" scripts/venv.sh

demo: install ## 一条命令看全貌 / the whole system on this machine; FOR=120 ends it after 120 seconds
	@$(BIN)/larder demo $(if $(FOR),--for $(FOR))

test: install ## 全部测试 / all tests, over real brokers; ARGS="-k alarm" picks some
	scripts/system-packages.sh
ifeq ($(ARGS),)
	$(BIN)/python -m pytest -n 3 --dist loadfile $(foreach each,$(BUSY),--ignore=$(each))
	$(BIN)/python -m pytest $(BUSY)
else
	$(BIN)/python -m pytest $(ARGS)
endif

check: lint test ## 唯一的关口 / the one gate: lint and all tests; what .ci/run calls

lint: install ## 风格、类型、依赖方向 / ruff, mypy, import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

chaos: install ## 故障表全部条目、随机混合故障、数百次 kill -9（root） / every row of the fault table, MIXES random mixes, KILLS kill -9 (root)
	@scripts/system-packages.sh chaos
	LARDER_CHAOS=all LARDER_KILLS=$(KILLS) LARDER_MIXES=$(MIXES) LARDER_SEED=$(SEED) $(BIN)/python -m pytest tests/chaos tests/acceptance/test_kills.py -v $(ARGS)

crash-states: install ## 断电后磁盘可能的状态 / STATES states that a power cut could leave, each opened and checked; ARGS="--seed 7"
	@scripts/system-packages.sh
	$(BIN)/python -m tests.crash_states.states --states $(STATES) $(ARGS)

mutants: install ## 逐条去掉协议规则，测试必须发现 / the code with each rule of the protocol removed: a test must notice; ARGS=--list
	$(BIN)/python -m tests.mutants $(ARGS)

drill: install ## 恢复演练：丢失中心、从备份恢复、边缘端自动补齐 / lose the hub, restore it, watch the agents refill it
	@$(BIN)/python -m pytest -q -s tests/acceptance/test_restore_drill.py $(ARGS)

bench: install ## 测量（不设时限）/ measurements; nothing passes or fails
	@for each in bench/*.py; do [ -e "$$each" ] || continue; echo "== $$each"; $(BIN)/python "$$each" || exit 1; done

bench-notices: install ## 从入账到短信 / from commit to message: 5,000 readings a second, 81 sites back after 72 hours; ARGS="--broker nats"
	$(BIN)/python bench/notice_speed.py --seconds 60 --hours 72 $(ARGS)

bench-alarms: install ## 报警质量：与物理真相、与常用规则相比 / the quality of alarms against the truth, beside the rules in use; ARGS="--seed 8"
	$(BIN)/python -m bench.alarms $(ARGS)

bench-agent: install ## 边缘端的内存、启动、写盘、补传 / the agent: memory, start, writes, drain, beside a known gateway
	@scripts/system-packages.sh
	$(BIN)/python -m bench.agent

soak: install ## 长时间：模拟历史 SEEDS 个，演示 FOR 秒 / SEEDS simulated histories, then the demo for FOR seconds (an hour)
	$(BIN)/python -m tests.simulation.history --seeds 0 $(SEEDS)
	@$(BIN)/larder demo --for $(if $(FOR),$(FOR),3600)

lock: ## 重新锁定依赖 / write requirements.lock anew from pyproject.toml (needs uv)
	@scripts/lock.sh $(ARGS)

clean: ## 删除生成的文件 / remove what was built, .venv too
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
